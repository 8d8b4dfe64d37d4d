"""The instructors' side: from the sources in solutions/ to notebooks, marks and the website (the `course` command)."""

import os
import sys
from pathlib import Path


class CourseError(Exception):
    """An error for the person at the keyboard: its text says what came, what was expected and what to do."""


def _find_own_commands() -> None:
    """Put this environment's commands on the PATH: nbgrader calls `alembic` by its bare name, activated or not."""
    own = str(Path(sys.executable).parent)
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if own not in places:
        os.environ["PATH"] = os.pathsep.join([own, *places])


_find_own_commands()
