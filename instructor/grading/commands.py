"""The grading commands of `course`: release, grade, feedback, export."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from instructor.console import console, step
from instructor.paths import Paths

if TYPE_CHECKING:
    from instructor.grading.gradebook import ClassDirectory

_Course = Annotated[Path | None, typer.Option("--course", help="Folder of the class; default: build/class.")]
_Limit = Annotated[int | None, typer.Option(min=1, help="Seconds that one cell may run; default: nbgrader_config.py.")]


def register(app: typer.Typer) -> None:
    """Add the grading commands to `course`."""
    for command in (release, grade, feedback, export):
        app.command()(command)


def release(course: _Course = None) -> None:
    """Release the chapters into a class: nbgrader's assignments in its gradebook."""
    from instructor.build import build_sources

    paths = Paths()
    directory = _class_directory(course)
    with step("reading the chapters"):
        names = [chapter.name for chapter in build_sources(paths)]
    for name in names:
        with step(f"releasing {name}"):
            directory.release([name], paths)


def grade(
    folder: Annotated[Path, typer.Argument(help="Folder with one folder a student in it.")],
    course: _Course = None,
    cell_limit: _Limit = None,
) -> None:
    """Grade a folder of hand-ins; ends with code 1 where something could not be graded."""
    from instructor.grading.classroom import grade_class
    from instructor.grading.tables import mark_tables, problem_lines, progress_line

    directory = _class_directory(course, cell_limit)
    outcomes = grade_class(directory, folder, lambda *news: _say(progress_line(*news)))
    console.print(mark_tables({name: directory.worth(name) for name in directory.chapters()}, outcomes))
    problems = problem_lines(outcomes)
    for line in problems:
        _say(line)
    if problems:
        raise typer.Exit(1)


def feedback(course: _Course = None) -> None:
    """Write each student's feedback as HTML."""
    from instructor.grading.feedback_pages import write_feedback

    directory = _class_directory(course)
    with step("writing feedback") as remark:
        remark(f"{len(write_feedback(directory))} pages in {Paths().shown(directory.folder / 'feedback')}")


def export(
    course: _Course = None,
    form: Annotated[str, typer.Option("--format", help="csv")] = "csv",
    to: Annotated[Path | None, typer.Option(help="File to write; default: marks.csv in the class's folder.")] = None,
) -> None:
    """Export the marks, by chapter and by question."""
    from instructor.grading.export import export_csv

    if form != "csv":
        raise typer.BadParameter(f"{form!r} is no known format; expected csv", param_hint="--format")
    directory = _class_directory(course)
    for path in export_csv(directory, to or directory.folder / "marks.csv"):
        _say(f"wrote {Paths().shown(path)}")


def _class_directory(folder: Path | None, cell_limit: int | None = None) -> "ClassDirectory":
    from instructor.grading.gradebook import ClassDirectory  # nbgrader takes seconds to load; `--help` needs none of it

    paths = Paths()
    return ClassDirectory(folder or paths.sample_class, paths.root, cell_limit)


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
