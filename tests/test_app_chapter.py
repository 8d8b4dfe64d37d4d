"""The checks of chapter 14 and the network and the finished functions that they meet."""

import pytest

pytest.importorskip("gradio", reason="Gradio is not installed")

from course.answers import answers_of  # noqa: E402
from course.given import given_objects  # noqa: E402
from course.paths import Paths  # noqa: E402
from helpers import app, checks  # noqa: E402
from helpers.checks.report import CheckFailed  # noqa: E402
from helpers.denoisers import load_stage_1  # noqa: E402


@pytest.fixture(scope="module")
def chapter():
    """Return what the set-up cells of the chapter define."""
    return given_objects(Paths(), "14_the_app", load_stage_1("exact"))


def test_the_finished_generator_function_is_closed_while_the_exercise_is_checked(chapter):
    def handed_in(*form):
        return app.card_maker(chapter["pipeline"])(*form)

    with pytest.raises(CheckFailed, match="is closed while your own is checked"):
        checks.check_make_cards(handed_in, chapter["pipeline"])


def test_the_finished_app_is_closed_while_the_exercise_is_checked():
    with pytest.raises(CheckFailed, match="is closed while your own is checked"):
        checks.check_build_app(lambda make_cards: app.build_app(make_cards))


def test_the_network_of_the_notebook_comes_back_after_the_check(chapter):
    before = chapter["pipeline"].unet.forward
    notebook = dict(chapter)
    text = answers_of(Paths(), "make_cards").right["as_the_chapter"]
    exec(compile(text, "make_cards", "exec"), notebook)  # the answers are this repository's own files
    checks.check_make_cards(notebook["make_cards"], chapter["pipeline"])
    assert chapter["pipeline"].unet.forward == before
