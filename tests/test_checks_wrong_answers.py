"""Every check rejects every recorded wrong answer, by its name."""

import pytest
from answers_on_record import WRONG_ANSWERS, name_of, run_check

from helpers.checks.report import CheckFailed

pytestmark = pytest.mark.usefixtures("gpu_code_runs_here")


@pytest.mark.parametrize("file", WRONG_ANSWERS, ids=name_of)
def test_a_wrong_answer_is_rejected_and_named(file, notebook):
    with pytest.raises(CheckFailed) as failure:
        run_check(file, notebook)
    assert failure.value.mistake is not None, failure.value.report()
    assert failure.value.mistake.name == file.stem.split("__")[0], failure.value.report()
