"""Every check accepts every right answer on record, with five seeds, and rejects every wrong one, by its name."""

import inspect
import re
from contextlib import nullcontext

import pytest

from course.answers import answers_of, named_mistake, require_exercises
from course.given import given_objects
from course.mutants.exercises import find_exercises
from course.paths import Paths
from helpers.checks.registry import CHECKS
from helpers.checks.report import CheckFailed
from helpers.runtime import cuda_stand_in

PATHS = Paths()
CHAPTER_OF = {exercise.name: exercise.chapter for exercise in find_exercises(PATHS)}
ANSWERS = {exercise: answers_of(PATHS, exercise) for exercise in CHAPTER_OF}
RIGHT = [(exercise, name) for exercise, answers in ANSWERS.items() for name in answers.right]
WRONG = [(exercise, name) for exercise, answers in ANSWERS.items() for name in answers.wrong]
PART_C = [exercise for exercise, chapter in CHAPTER_OF.items() if chapter >= "13"]


@pytest.fixture
def namespace(stage_1):
    """Return what makes the namespace in which an answer to an exercise runs."""
    return lambda exercise: given_objects(PATHS, CHAPTER_OF[exercise], stage_1)


def run_check(exercise: str, source: str, notebook: dict, seed: int = 0) -> None:
    """Run the text of an answer as its cell would run, and check what it defines; GPU code runs on the CPU."""
    # the stand-in costs every operation some microseconds, and does nothing for an answer without such words
    with cuda_stand_in() if re.search("cuda|half|float16", source) else nullcontext():
        exec(compile(source, exercise, "exec"), notebook)  # the answers are this repository's own files
        check(exercise, notebook[exercise], notebook, seed)


def check(exercise: str, answer, notebook: dict, seed: int = 0) -> None:
    """Check what an answer defines, with the objects of the notebook that the check asks for."""
    given = [notebook[name] for name in list(inspect.signature(CHECKS[exercise]).parameters)[1:] if name != "seed"]
    CHECKS[exercise](answer, *given, seed=seed)


def name_of(answer: tuple[str, str]) -> str:
    return "/".join(answer)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("answer", RIGHT, ids=name_of)
def test_a_right_answer_passes(answer, seed, namespace, capsys):
    exercise, name = answer
    run_check(exercise, ANSWERS[exercise].right[name], namespace(exercise), seed)
    assert capsys.readouterr().out.startswith("✓")


@pytest.mark.parametrize("exercise", CHAPTER_OF)
def test_an_exercise_has_six_right_answers(exercise):
    assert len(ANSWERS[exercise].right) >= 6


@pytest.mark.parametrize("answer", WRONG, ids=name_of)
def test_a_wrong_answer_is_rejected_and_named(answer, namespace):
    exercise, name = answer
    with pytest.raises(CheckFailed) as failure:
        run_check(exercise, ANSWERS[exercise].wrong[name], namespace(exercise))
    assert failure.value.mistake is not None, failure.value.report()
    assert failure.value.mistake.name == named_mistake(name), failure.value.report()


@pytest.mark.parametrize("exercise", PART_C)
def test_what_is_no_function_is_refused(exercise, namespace):
    with pytest.raises(CheckFailed, match="was given a int"):
        check(exercise, 3, namespace(exercise))


def test_each_exercise_has_answers_and_nothing_else_has():
    require_exercises(PATHS, list(CHAPTER_OF))
