"""What several tests share: the notebook's given objects, as a student's code finds them."""

import pytest
from given import given_objects

from helpers.runtime import cuda_stand_in


@pytest.fixture(scope="session")
def stage_1():
    """Return the exact denoiser's pipeline: no weights, small, quick."""
    from helpers.denoisers import load_stage_1

    return load_stage_1("exact")


@pytest.fixture
def notebook(stage_1):
    """Return the namespace in which the answer of an exercise runs: what the set-up cells of the chapters define."""
    return given_objects(stage_1)


@pytest.fixture(scope="module")
def gpu_code_runs_here():
    """Run `.cuda()` and `.half()` on the CPU, as the grader does."""
    with cuda_stand_in():
        yield
