"""The grading commands of `course`: release, grade, feedback, export, report."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from course.console import console, step
from course.grading import scale_commands as scale
from course.paths import Paths

if TYPE_CHECKING:
    from rich.console import Group

    from notebook_grader.gradebook.gradebook import ClassDirectory

_Course = Annotated[Path | None, typer.Option("--course", help="Folder of the class; default: class.")]
_Limit = Annotated[int | None, typer.Option(min=1, help="Seconds that one cell may run; default: nbgrader_config.py.")]

_SAMPLE_CELL_LIMIT = 20  # seconds: the sample class has a student with an endless loop


def register(app: typer.Typer) -> None:
    """Add the grading commands to `course`."""
    for command in (release, grade, feedback, export, report):
        app.command()(command)
    scale.register(app, _class_directory, _show, _say)


def release(course: _Course = None) -> None:
    """Release the chapters into a class: nbgrader's assignments in its gradebook."""
    from course.build import build_sources

    paths = Paths()
    directory = _class_directory(course)
    with step("reading the chapters"):
        names = [chapter.name for chapter in build_sources(paths)]
    for name in names:
        with step(f"releasing {name}"):
            directory.release([name], paths)


def grade(
    folder: Annotated[
        Path, typer.Argument(help="Folder with one folder a student in it, or a platform's .zip, .tar.gz.")
    ],
    course: _Course = None,
    cell_limit: _Limit = None,
    jobs: scale.Jobs = None,
    engine: scale.EngineName = "local",
    scheduler: scale.Scheduler = None,
    shard: scale.ShardName = None,
    out: scale.Out = None,
    again: scale.Again = False,
    trusted: scale.Trust = False,
) -> None:
    """Grade a folder of hand-ins; ends with code 1 where something could not be graded.

    It may be stopped at any time: the same command goes on where it was.
    """
    from notebook_grader.batch.run import grade_class
    from notebook_grader.gradebook.tables import progress_line
    from notebook_grader.intake.receiving import receive

    directory = _class_directory(course, cell_limit)
    pool = scale.chosen_pool(jobs, engine, scheduler)
    open_engine = scale.chosen_engine(trusted, [directory.folder, folder, *_secrets(Paths())], _say)
    if shard:
        scale.grade_share(directory, folder, shard, out, pool, open_engine, _say)
        return
    with scale.stoppable(_say):
        folder = receive(folder, directory.folder / "received", directory.chapters())
        outcomes = grade_class(
            directory,
            folder,
            lambda *news: _say(progress_line(*news)),
            pool=pool,
            open_engine=open_engine,
            again=again,
        )
    _show(directory, outcomes)


def _secrets(paths: Paths) -> list[Path]:
    """List what students' code must not read, besides the class and its hand-ins."""
    return [paths.solutions, paths.root / "tests"]


def _show(directory: "ClassDirectory", outcomes: list) -> None:
    """Print the tables, and what could not be graded; end with code 1 where there is such a thing."""
    from notebook_grader.gradebook.tables import mark_tables, problem_lines

    console.print(mark_tables({name: directory.worth(name) for name in directory.chapters()}, outcomes))
    problems = problem_lines(outcomes)
    for line in problems:
        _say(line)
    if problems:
        raise typer.Exit(1)


def feedback(course: _Course = None) -> None:
    """Write each student's feedback as HTML."""
    from notebook_grader.gradebook.feedback_pages import write_feedback

    directory = _class_directory(course)
    with step("writing feedback") as remark:
        remark(f"{len(write_feedback(directory))} pages in {Paths().shown(directory.folder / 'feedback')}")


def export(
    course: _Course = None,
    form: Annotated[Literal["csv", "canvas", "moodle"], typer.Option("--format")] = "csv",
    to: Annotated[Path | None, typer.Option(help="File to write; default: in the class's folder.")] = None,
    roster: Annotated[Path | None, typer.Option(help="The platform's own file, to be filled in.")] = None,
    by_question: Annotated[bool, typer.Option("--by-question", help="A column for each question.")] = False,
    column: Annotated[list[str] | None, typer.Option(help="Canvas: CHAPTER=TITLE, where the titles differ.")] = None,
    chapter: Annotated[str | None, typer.Option(help="Moodle: the chapter of the worksheet.")] = None,
    identifier: Annotated[
        Literal["username", "email", "idnumber"], typer.Option(help="Moodle: what names a student.")
    ] = "username",
    comments: Annotated[bool, typer.Option("--comments", help="Moodle: tell students what went wrong.")] = False,
) -> None:
    """Export the marks for a spreadsheet, Canvas or Moodle; says what has no mark yet."""
    from notebook_grader.export.export import Choice, read_names, write_export

    choice = Choice(form, roster, by_question, read_names(column or []), chapter, identifier, comments)
    files, remarks = write_export(_class_directory(course), choice, to)
    for line in [*(f"wrote {Paths().shown(path)}" for path in files), *remarks]:
        _say(line)


def report(
    course: _Course = None,
    to: Annotated[Path | None, typer.Option(help="Folder of the page; default: report in the class's folder.")] = None,
) -> None:
    """Write a page on the class: marks, mistakes, and what needs a look."""
    from notebook_grader.report.command import make_report

    for path in make_report(_class_directory(course), to):
        _say(f"wrote {Paths().shown(path)}")


def grade_sample_class(paths: Paths) -> "Group":
    """Release, write, and grade the sample class in build/class, from scratch; return its tables."""
    from rich.console import Group
    from rich.text import Text

    from course.grading.sample import write_sample_class
    from notebook_grader.batch.run import grade_class
    from notebook_grader.gradebook.gradebook import ClassDirectory
    from notebook_grader.gradebook.tables import mark_tables, problem_lines, progress_line

    shutil.rmtree(paths.sample_class, ignore_errors=True)
    course = ClassDirectory(paths.sample_class, paths.root, _SAMPLE_CELL_LIMIT)
    names = paths.chapters()
    with step("releasing the chapters into the sample class"):
        course.release(names, paths)
    folder = write_sample_class(course, paths)
    open_engine = scale.chosen_engine(True, [], _say)  # its hand-ins are made from what stands in this repository
    outcomes = grade_class(course, folder, lambda *news: _say(progress_line(*news)), open_engine=open_engine)
    tables = mark_tables({name: course.worth(name) for name in names}, outcomes)
    return Group(tables, *(Text(line) for line in problem_lines(outcomes)))


def _class_directory(folder: Path | None, cell_limit: int | None = None) -> "ClassDirectory":
    from notebook_grader.gradebook.gradebook import (
        ClassDirectory,  # nbgrader takes seconds to load; `--help` needs none of it
    )

    paths = Paths()
    return ClassDirectory(folder or paths.root / "class", paths.root, cell_limit)


def _say(line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)
