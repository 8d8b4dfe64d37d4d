"""What several tests share: the notebook's given objects, as a student's code finds them."""

import pytest
from given import given_objects


@pytest.fixture(scope="session")
def stage_1():
    """Return the exact denoiser's pipeline: no weights, small, quick."""
    from helpers.denoisers import load_stage_1

    return load_stage_1("exact")


@pytest.fixture
def notebook(stage_1):
    """Return the namespace in which the answer of an exercise runs: what the set-up cells of the chapters define."""
    return given_objects(stage_1)
