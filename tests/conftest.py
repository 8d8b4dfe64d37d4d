"""What several tests share: the exact denoiser, and an import that must come first."""

import pytest

import helpers  # noqa: F401 - before any import of diffusers: it mends torchvision beside a CPU torch


@pytest.fixture(scope="session")
def stage_1():
    """Return the exact denoiser's pipeline: no weights, small, quick."""
    from helpers.denoisers import load_stage_1

    return load_stage_1("exact")
