"""The checks of chapter 14, a draft: every right variant passes with five seeds, every wrong answer is named."""

import inspect

import pytest
import torch
from answers_on_record import HERE, name_of
from given import chapter_objects

pytest.importorskip("gradio", reason="Gradio is not installed")

from helpers import app  # noqa: E402
from helpers.checks import chapter_14  # noqa: E402
from helpers.checks.report import CheckFailed  # noqa: E402

EXERCISES = ("make_cards", "build_app")
VARIANTS = sorted(file for name in EXERCISES for file in (HERE / "variants" / name).glob("*.py"))
WRONG_ANSWERS = sorted(file for name in EXERCISES for file in (HERE / "wrong_answers" / name).glob("*.py"))


@pytest.fixture(scope="module")
def chapter():
    """Return what the set-up cells of the chapter define."""
    return {"torch": torch, **chapter_objects("14_the_app")}


def check(file, chapter, seed=0):
    """Run the text of an answer as its cell would run, and check what it defines."""
    notebook, exercise = dict(chapter), file.parent.name
    exec(compile(file.read_text(), str(file), "exec"), notebook)
    judge(exercise)(notebook[exercise], *([chapter["pipeline"]] if exercise == "make_cards" else []), seed=seed)


def judge(exercise):
    return getattr(chapter_14, f"check_{exercise}")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("file", VARIANTS, ids=name_of)
def test_a_right_variant_passes(file, seed, chapter, capsys):
    check(file, chapter, seed)
    assert "✓" in capsys.readouterr().out


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_has_six_right_variants(exercise):
    assert len(list((HERE / "variants" / exercise).glob("*.py"))) >= 6


@pytest.mark.parametrize("file", WRONG_ANSWERS, ids=name_of)
def test_a_wrong_answer_is_rejected_and_named(file, chapter):
    with pytest.raises(CheckFailed) as failure:
        check(file, chapter)
    assert failure.value.mistake is not None, failure.value.report()
    assert failure.value.mistake.name == file.stem.split("__")[0], failure.value.report()


@pytest.mark.parametrize(("exercise", "finished"), [("make_cards", "card_maker"), ("build_app", "build_app")])
def test_the_finished_function_is_closed_while_its_exercise_is_checked(exercise, finished, chapter):
    def handed_in(*form):
        return app.build_app(*form) if finished == "build_app" else app.card_maker(chapter["pipeline"])(*form)

    with pytest.raises(CheckFailed, match="is closed while your own is checked"):
        judge(exercise)(handed_in, *([chapter["pipeline"]] if exercise == "make_cards" else []))


def test_the_network_of_the_notebook_comes_back_after_the_check(chapter):
    before = chapter["pipeline"].unet.forward
    check(HERE / "variants" / "make_cards" / "as_the_chapter.py", chapter)
    assert chapter["pipeline"].unet.forward == before


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_check_takes_a_seed_and_refuses_what_is_no_function(exercise, chapter):
    assert "seed" in inspect.signature(judge(exercise)).parameters
    with pytest.raises(CheckFailed, match="was given a int"):
        judge(exercise)(3, *([chapter["pipeline"]] if exercise == "make_cards" else []))
