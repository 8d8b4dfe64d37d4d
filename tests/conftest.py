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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep a file's tests in one process, with what they have built; those of the checks, one exercise's."""
    for item in items:
        answer = getattr(item, "callspec", None) and item.callspec.params.get("file")
        group = answer.parent.name if item.path.stem == "test_checks" and answer else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
