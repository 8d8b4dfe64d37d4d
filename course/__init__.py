"""The course as its authors see it: from the sources in solutions/ to notebooks, marks and the website (`course`)."""

from notebook_grader import GraderError


class CourseError(GraderError):
    """An error for the person at the keyboard: its text says what came, what was expected and what to do."""
