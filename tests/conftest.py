"""What several tests share."""

import pytest


@pytest.fixture(scope="session")
def stage_1():
    """Return the exact denoiser's pipeline: no weights, small, quick."""
    from helpers.denoisers import load_stage_1

    return load_stage_1("exact")
