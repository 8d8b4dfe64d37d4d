"""Every check accepts every right variant and rejects every recorded wrong answer, by its name."""

import inspect
import re
from pathlib import Path

import pytest

import helpers.checks as checks
from helpers.checks.report import CheckFailed
from helpers.runtime import cuda_stand_in

HERE = Path(__file__).parent
# The exercises of the chapters in solutions/; those of a draft are judged once it is taken in.
CHAPTERS = "".join(path.read_text(encoding="utf-8") for path in (HERE.parent / "solutions").glob("*.py"))
EXERCISES = sorted(set(re.findall(r'^# %% exercise="(\w+)"', CHAPTERS, re.MULTILINE)))
VARIANTS = sorted(file for name in EXERCISES for file in (HERE / "variants" / name).glob("*.py"))
WRONG_ANSWERS = sorted(file for name in EXERCISES for file in (HERE / "wrong_answers" / name).glob("*.py"))


def run_check(file: Path, notebook: dict, seed: int = 0) -> None:
    """Run the text of an answer as its cell would run, and check what it defines."""
    exercise = file.parent.name
    exec(compile(file.read_text(), str(file), "exec"), notebook)  # the answers are this repository's own files
    check = getattr(checks, f"check_{exercise}")
    given = [notebook[name] for name in list(inspect.signature(check).parameters)[1:] if name != "seed"]
    check(notebook[exercise], *given, seed=seed)


@pytest.fixture(autouse=True, scope="module")
def gpu_code_runs_here():
    """Run `.cuda()` and `.half()` on the CPU, as the grader does."""
    with cuda_stand_in():
        yield


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("file", VARIANTS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_right_variant_passes(file, seed, notebook, capsys):
    run_check(file, notebook, seed)
    assert capsys.readouterr().out.startswith("✓")


@pytest.mark.parametrize("file", WRONG_ANSWERS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_wrong_answer_is_rejected_and_named(file, notebook):
    with pytest.raises(CheckFailed) as failure:
        run_check(file, notebook)
    assert failure.value.mistake is not None, failure.value.report()
    assert failure.value.mistake.name == file.stem.split("__")[0], failure.value.report()


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_has_six_right_variants(exercise):
    assert len(list((HERE / "variants" / exercise).glob("*.py"))) >= 6
