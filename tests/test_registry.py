"""Which check judges which exercise: a check registers itself once, under the name of its exercise."""

import pytest

from helpers import checks
from helpers.checks import registry
from helpers.checks.registry import check


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """Let a test register what it likes, and return what is registered meanwhile."""
    monkeypatch.setattr(registry, "CHECKS", {})
    return registry.CHECKS


def test_a_check_registers_under_the_name_of_its_exercise(registered):
    @check("doubled")
    def check_doubled(doubled):
        pass

    assert registered == {"doubled": check_doubled}


def test_a_check_of_another_name_is_refused_with_its_place_and_the_cure(registered):
    with pytest.raises(
        ValueError, match=r'test_registry\.py:\d+: @check\("doubled"\) stands above check_halved'
    ) as error:

        @check("doubled")
        def check_halved(halved):
            pass

    assert "Call the function check_doubled" in str(error.value) and not registered


def test_a_second_check_of_an_exercise_is_refused_with_both_places(registered):
    @check("doubled")
    def check_doubled(doubled):
        pass

    first = check_doubled
    with pytest.raises(ValueError, match="'doubled' has a check already") as error:

        @check("doubled")
        def check_doubled(doubled, seed=0):
            pass

    lines = {text.split(".")[0] for text in str(error.value).split("test_registry.py:")[1:]}
    assert len(lines) == 2 and registered == {"doubled": first}


def test_what_is_registered_is_what_notebooks_import(monkeypatch):
    monkeypatch.undo()
    assert checks.__all__ == sorted(f"check_{exercise}" for exercise in registry.CHECKS)
    assert all(getattr(checks, f"check_{exercise}") is function for exercise, function in registry.CHECKS.items())
