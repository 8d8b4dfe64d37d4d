"""The instructors' side: from the sources in solutions/ to notebooks, marks and the website (the `course` command)."""


class CourseError(Exception):
    """An error for the person at the keyboard: its text says what came, what was expected and what to do."""
