"""The engine between stock nbgrader and ours: the intake, and kernels forked from a warm process.

It is quick and survives accidents; the tests run in the process of the code that they judge.
"""

import shutil
from pathlib import Path

import nbformat

from instructor.attacks.batch import CELL_LIMIT
from instructor.grading.gradebook import ClassDirectory
from instructor.grading.handins import HandIn, find_hand_ins
from instructor.grading.intake import mend
from instructor.grading.processes import NURSERY
from instructor.grading.reading import HandInError


def grade_in_warm_kernels(folder: Path, root: Path, handed_in: Path) -> dict[str, str]:
    """Grade a class one after another; return the reasons of those that could not be graded.

    folder     the class directory
    root       the checkout whose configuration holds
    handed_in  the hand-ins
    """
    course = ClassDirectory(folder, root, CELL_LIMIT)
    reasons = {}
    with NURSERY.open():
        for hand_in in find_hand_ins(handed_in, course.chapters()):
            reason = hand_in.problem or _grade(course, hand_in)
            if reason:
                reasons[hand_in.student] = reason
    for hand_in in find_hand_ins(handed_in, course.chapters()):
        if hand_in.student not in reasons:
            course.api.generate_feedback(hand_in.chapter, hand_in.student, force=True)
    return reasons


def _grade(course: ClassDirectory, hand_in: HandIn) -> str:
    """Grade one hand-in; return why that was not possible, "" where it was."""
    try:
        notebook = mend(hand_in.path, course.released_notebook(hand_in.chapter), hand_in.note).notebook
    except HandInError as error:
        return str(error)
    place = course.place("submitted", hand_in.student, hand_in.chapter)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    nbformat.write(notebook, place / f"{hand_in.chapter}.ipynb")
    result = course.api.autograde(hand_in.chapter, hand_in.student, force=True, create=True)
    return "" if result["success"] else f"nbgrader refused the notebook: {result.get('error')}"
