"""The checks of chapter 13, a draft: every right variant passes with five seeds, every wrong answer is named."""

import inspect

import pytest
from answers_on_record import HERE, name_of
from given import chapter_objects

from helpers.checks import chapter_13
from helpers.checks.report import CheckFailed

EXERCISES = [name.removeprefix("check_") for name in vars(chapter_13) if name.startswith("check_")]
VARIANTS = sorted(file for name in EXERCISES for file in (HERE / "variants" / name).glob("*.py"))
WRONG_ANSWERS = sorted(file for name in EXERCISES for file in (HERE / "wrong_answers" / name).glob("*.py"))

pytestmark = pytest.mark.usefixtures("gpu_code_runs_here")


def check(file, notebook, seed=0):
    """Run the text of an answer as its cell would run, and check what it defines."""
    notebook |= chapter_objects("13_postcards")
    exec(compile(file.read_text(), str(file), "exec"), notebook)
    exercise = file.parent.name
    getattr(chapter_13, f"check_{exercise}")(notebook[exercise], seed=seed)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("file", VARIANTS, ids=name_of)
def test_a_right_variant_passes(file, seed, notebook, capsys):
    check(file, notebook, seed)
    assert capsys.readouterr().out.startswith("✓")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_has_six_right_variants(exercise):
    assert len(list((HERE / "variants" / exercise).glob("*.py"))) >= 6


@pytest.mark.parametrize("file", WRONG_ANSWERS, ids=name_of)
def test_a_wrong_answer_is_rejected_and_named(file, notebook):
    with pytest.raises(CheckFailed) as failure:
        check(file, notebook)
    assert failure.value.mistake is not None, failure.value.report()
    assert failure.value.mistake.name == file.stem.split("__")[0], failure.value.report()


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_check_takes_a_seed_and_refuses_what_is_no_function(exercise):
    judge = getattr(chapter_13, f"check_{exercise}")
    assert list(inspect.signature(judge).parameters) == [exercise, "seed"]
    with pytest.raises(CheckFailed, match="was given a int"):
        judge(3)
