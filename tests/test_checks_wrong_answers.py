"""Every check rejects every recorded wrong answer, by its name."""

import pytest
from answers_on_record import CHAPTER_OF, WRONG_ANSWERS, judge, name_of, run_check
from given import chapter_objects

from helpers.checks.report import CheckFailed

PART_C = [exercise for exercise, chapter in CHAPTER_OF.items() if chapter >= "13"]


@pytest.mark.parametrize("file", WRONG_ANSWERS, ids=name_of)
def test_a_wrong_answer_is_rejected_and_named(file, notebook):
    with pytest.raises(CheckFailed) as failure:
        run_check(file, notebook)
    assert failure.value.mistake is not None, failure.value.report()
    assert failure.value.mistake.name == file.stem.split("__")[0], failure.value.report()


@pytest.mark.parametrize("exercise", PART_C)
def test_what_is_no_function_is_refused(exercise, notebook):
    with pytest.raises(CheckFailed, match="was given a int"):
        judge(exercise, 3, notebook | chapter_objects(CHAPTER_OF[exercise]))
