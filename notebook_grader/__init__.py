"""A grader of notebooks that knows no course: hand-ins are repaired, run in a sandbox, marked in nbgrader's gradebook.

intake     from what was handed in to notebooks that can be graded
sandbox    what a student's process cannot reach, and how far this machine can hold it to that
runner     one notebook: its code in the sandbox, its tests in a process of their own
store      a submission, its result, and the results on disk
batch      a whole class: many processes, shares of several machines, regrading
gradebook  marks in nbgrader's gradebook, feedback, tables
export     marks for a spreadsheet or a learning platform
report     a page on the class
"""

import os
import sys
from pathlib import Path


class GraderError(Exception):
    """An error for the person at the keyboard: its text says what came, what was expected and what to do."""


def _find_own_commands() -> None:
    """Put this environment's commands on the PATH: nbgrader calls `alembic` by its bare name, activated or not."""
    own = str(Path(sys.executable).parent)
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if own not in places:
        os.environ["PATH"] = os.pathsep.join([own, *places])


_find_own_commands()
