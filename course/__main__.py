"""`python -m course` does what the `course` command does."""

from course.cli import app

app()
