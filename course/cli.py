"""The `course` command. Each command imports what it needs when it runs, so that `course --help` answers at once."""

import time
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from course import CourseError
from course.attacks.command import register as register_attacks
from course.console import console, step
from course.grading.commands import register
from course.paths import Paths
from notebook_grader import GraderError


class _Course(TyperGroup):
    """Shows an error for the person at the keyboard as a message, and ends with code 1; others keep their traceback."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except GraderError as error:  # a CourseError is one, too
            typer.echo(f"course {ctx.invoked_subcommand}: {error}", err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=_Course,
    help="Build, check, execute, grade and publish the course.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
new = typer.Typer(help="Write a new exercise or chapter, with the places to fill in.", no_args_is_help=True)
app.add_typer(new, name="new")


@app.command()
def build(
    chapter: Annotated[str | None, typer.Argument(help="Number or name of one chapter; default: all.")] = None,
) -> None:
    """Make the students' notebooks from solutions/."""
    from course.build import build

    with step("building the notebooks") as remark:
        notebooks = build(Paths(), only=chapter)
        remark(f"{len(notebooks)} chapter{'s' if len(notebooks) > 1 else ''}")


@new.command()
def exercise(
    name: Annotated[str, typer.Argument(help="The function that students write, such as psnr.")],
    chapter: Annotated[str, typer.Option(help="Number or name of its chapter.")],
) -> None:
    """Write a new exercise: its cells, its check and its answers, each place to fill in marked."""
    from course.new import new_exercise

    _say_written(new_exercise(Paths(), name, chapter))


@new.command()
def chapter(name: Annotated[str, typer.Argument(help="Number and name, such as 15_latents.")]) -> None:
    """Write a new chapter, and its line in _toc.yml."""
    from course.new import new_chapter

    _say_written(new_chapter(Paths(), name))


@app.command()
def check() -> None:
    """Rebuild everything generated and compare it with what is committed."""
    from course.build import check

    with step("comparing the generated files with a rebuild") as remark:
        check(Paths())
        remark("no difference")


@app.command()
def execute(
    force: Annotated[bool, typer.Option(help="Run again what has not changed, too.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Chapters at a time; default: 2.")] = None,
) -> None:
    """Run the chapters with their solutions; print what they cost."""
    from course.execute import JOBS, execute

    console.print(_cost_table(execute(Paths(), force, jobs or JOBS)))


@app.command()
def site() -> None:
    """Build the website from the notebooks and the reference run."""
    console.print(f"The website is {_build_site()}")


@app.command()
def demo() -> None:
    """Do it all once: build, execute, grade the sample class, make the website, and print the tables."""
    from course.execute import execute
    from course.grading.commands import grade_sample_class

    started = time.perf_counter()
    build(None)
    runs = execute(Paths())
    marks = grade_sample_class(Paths())
    index = _build_site()
    console.print(marks)
    console.print(_cost_table(runs))
    console.print(f"The website is {index}")
    console.print(f"Total time {time.perf_counter() - started:.0f} s")


@app.command()
def publish(target: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")]) -> None:
    """Make the public student repository: no solutions, hidden tests or wrong answers."""
    from course.publish import publish

    with step(f"publishing to {target}") as remark:
        remark(f"{len(publish(Paths(), target))} files")


@app.command()
def gallery(
    folder: Annotated[
        Path, typer.Argument(help="Folder with one folder a student in it, or a platform's .zip, .tar.gz.")
    ],
    names: Annotated[bool, typer.Option("--names", help="Write the students' names under their pictures.")] = False,
    to: Annotated[Path | None, typer.Option(help="Folder of the page; default: build/gallery.")] = None,
) -> None:
    """Build a page of a class's pictures from their hand-ins, without running anything."""
    from course.gallery.command import make_gallery

    paths = Paths()
    console.print(f"The page is {paths.shown(make_gallery(folder, paths, to, names))}", markup=False, soft_wrap=True)


@app.command()
def sandbox() -> None:
    """Say how far this machine can shut students' code in while it is graded."""
    from notebook_grader.sandbox import probe

    for line in probe().lines():
        console.print(line, markup=False, soft_wrap=True)


@app.command()
def mutants(
    exercise: Annotated[str | None, typer.Option(help="One exercise, such as forward; default: all.")] = None,
    generated: Annotated[bool, typer.Option("--generated", help="Judge mutants of the solutions.")] = False,
    graded: Annotated[int, typer.Option(min=0, help="Let the grader judge each answer on record so many times.")] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Judge right answers on all inputs of hidden tests.")] = False,
) -> None:
    """Judge the checks: right variants, wrong answers on record, or generated mutants."""
    from course.mutants.command import show_fresh, show_generated, show_recorded

    if fresh:
        is_right = show_fresh(Paths(), exercise)
    else:
        is_right = show_generated(Paths(), exercise) if generated else show_recorded(Paths(), exercise, graded)
    raise typer.Exit(0 if is_right else 1)


@app.command()
def test(exercise: Annotated[str, typer.Argument(help="Name of the exercise, such as forward.")]) -> None:
    """Test one exercise: the rules of its chapter, its solution, its stub, and its recorded answers."""
    from course.mutants.command import show_exercise

    raise typer.Exit(0 if show_exercise(Paths(), exercise) else 1)


@app.command(name="app")
def postcard_app(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of this machine; 0: any free one.")] = 7860,
    share: Annotated[bool, typer.Option("--share", help="Open a public link for three days, too.")] = False,
) -> None:
    """Start the postcard app of chapter 14 on the pocket model."""
    from helpers.app import start

    try:
        start(port, share)
    except (ImportError, OSError) as error:  # no Gradio; no weights, or a port that is taken
        raise CourseError(str(error)) from error


def _say_written(files: list[Path]) -> None:
    for path in files:
        console.print(f"wrote {Paths().shown(path)}", markup=False, soft_wrap=True)
    console.print("Each place to fill in says FILL IN; `course build` asks for what is left.")


def _build_site() -> str:
    from course.website.site import build_site

    paths = Paths()
    with step("building the website"):
        folder = build_site(paths)
    return paths.shown(folder / "index.html")


def _cost_table(runs):
    from rich.table import Table

    table = Table("chapter", "profile", title="Time and peak memory of the chapters")
    table.add_column("cores", justify="right")
    table.add_column("time", justify="right")
    table.add_column("peak memory", justify="right")
    for run in runs:
        table.add_row(run.chapter, run.profile, str(run.cores), f"{run.seconds:.0f} s", f"{run.peak_mb} MB")
    return table


register(app)
register_attacks(app)
