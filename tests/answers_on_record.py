"""The recorded answers of the exercises, and how one of them is checked as its cell would run."""

import inspect
import re
from contextlib import nullcontext
from pathlib import Path

from given import chapter_objects

import helpers.checks as checks
from helpers.runtime import cuda_stand_in

HERE = Path(__file__).parent
# The exercises of the chapters in solutions/, and their chapters
CHAPTER_OF = {
    name: path.stem
    for path in (HERE.parent / "solutions").glob("*.py")
    for name in re.findall(r'^# %% exercise="(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
}
EXERCISES = sorted(CHAPTER_OF)
VARIANTS = sorted(file for name in EXERCISES for file in (HERE / "variants" / name).glob("*.py"))
WRONG_ANSWERS = sorted(file for name in EXERCISES for file in (HERE / "wrong_answers" / name).glob("*.py"))


def run_check(file: Path, notebook: dict, seed: int = 0) -> None:
    """Run the text of an answer as its cell would run, and check what it defines; GPU code runs on the CPU."""
    exercise, source = file.parent.name, file.read_text(encoding="utf-8")
    notebook |= chapter_objects(CHAPTER_OF[exercise])
    # the stand-in costs every operation some microseconds, and does nothing for an answer without such words
    with cuda_stand_in() if re.search("cuda|half|float16", source) else nullcontext():
        exec(compile(source, str(file), "exec"), notebook)  # the answers are this repository's own files
        judge(exercise, notebook[exercise], notebook, seed)


def judge(exercise: str, answer, notebook: dict, seed: int = 0) -> None:
    """Check what an answer defines, with the objects of the notebook that the check asks for."""
    check = getattr(checks, f"check_{exercise}")
    given = [notebook[name] for name in list(inspect.signature(check).parameters)[1:] if name != "seed"]
    check(answer, *given, seed=seed)


def name_of(file: Path) -> str:
    """Return exercise/answer, for the report of a test."""
    return f"{file.parent.name}/{file.stem}"
