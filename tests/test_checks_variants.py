"""Every check accepts every right variant, with five seeds."""

import pytest
from answers_on_record import EXERCISES, HERE, VARIANTS, name_of, run_check


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("file", VARIANTS, ids=name_of)
def test_a_right_variant_passes(file, seed, notebook, capsys):
    run_check(file, notebook, seed)
    assert capsys.readouterr().out.startswith("✓")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_has_six_right_variants(exercise):
    assert len(list((HERE / "variants" / exercise).glob("*.py"))) >= 6
