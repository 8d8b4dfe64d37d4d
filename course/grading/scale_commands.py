"""The commands of `course` for large classes, collect and regrade, and what `course grade` does with its options."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from notebook_grader.batch.pool import Pool
    from notebook_grader.gradebook.gradebook import ClassDirectory
    from notebook_grader.store.submission import OpenEngine

Jobs = Annotated[int | None, typer.Option(min=1, help="Notebooks at a time; default: one a core.")]
EngineName = Annotated[str, typer.Option("--engine", help="Where notebooks run: local, or dask.")]
Scheduler = Annotated[str | None, typer.Option(help="Address of the Dask scheduler, such as tcp://host:8786.")]
ShardName = Annotated[str | None, typer.Option("--shard", help="Grade only a share, such as 3/8; needs --out.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the results of a share; `course collect` reads it.")]
Again = Annotated[bool, typer.Option("--again", help="Grade what has not changed since the last run, too.")]
Trust = Annotated[
    bool, typer.Option("--i-trust-these-notebooks", help="Grade even where students' code cannot be shut in.")
]

_Course = Annotated[Path | None, typer.Option("--course", help="Folder of the class; default: class.")]

_Directory = Callable[[Path | None], "ClassDirectory"]
_Say = Callable[[str], None]


def chosen_pool(jobs: int | None, engine: str, scheduler: str | None) -> "Pool":
    """Return where submissions run. Raises BadParameter for options that do not fit together."""
    from notebook_grader.batch.pool import DaskPool, LocalPool

    if engine not in ("local", "dask"):
        raise typer.BadParameter(f"{engine!r} is no known engine; expected local or dask", param_hint="--engine")
    if (engine == "dask") != (scheduler is not None):
        raise typer.BadParameter("give both or none: --engine dask --scheduler ADDRESS", param_hint="--scheduler")
    return DaskPool(scheduler) if scheduler else LocalPool(jobs)


@contextmanager
def stoppable(say: _Say) -> Iterator[None]:
    """Say after Ctrl-C that nothing is lost, and end with the code that shells give it."""
    try:
        yield
    except KeyboardInterrupt:
        say("Stopped. What was graded is on disk: the same command goes on where it was.")
        raise typer.Exit(130) from None


def chosen_engine(trusted: bool, secrets: list[Path], say: _Say) -> "OpenEngine":
    """Return what runs submissions; say how far it shuts them in on this machine.

    secrets  what their code must not read

    Raises SandboxError where one of them lies among what it can read.
    """
    from notebook_grader.runner.engine import open_split_engine
    from notebook_grader.sandbox import check_hidden, probe

    say(probe().lines()[0])
    check_hidden(secrets)
    return partial(open_split_engine, trusted=trusted)


def grade_share(
    directory: "ClassDirectory",
    folder: Path,
    shard: str,
    out: Path | None,
    pool: "Pool",
    open_engine: "OpenEngine",
    say: _Say,
) -> None:
    """Grade a share of a folder. What could not be graded is said, and said again by `course collect`."""
    from notebook_grader.batch.shards import copied_tests, grade_shard, read_shard
    from notebook_grader.gradebook.tables import problem_lines, progress_line
    from notebook_grader.intake.receiving import receive

    if out is None:
        raise typer.BadParameter("a share needs a folder for its results: --shard 3/8 --out FOLDER", param_hint="--out")
    share = read_shard(shard)
    received = out / "received" / share.file.removesuffix(".json")
    with stoppable(say):
        folder = receive(folder, received, sorted(copied_tests(directory)))
        outcomes = grade_shard(
            directory, folder, share, out, lambda *news: say(progress_line(*news)), pool=pool, open_engine=open_engine
        )
    for line in problem_lines(outcomes):
        say(line)
    say(f"{len(outcomes)} hand-ins in {out}")


def register(app: typer.Typer, directory: _Directory, show: Callable, say: _Say) -> None:
    """Add collect and regrade to `course`.

    directory  opens a class
    show       prints the tables of outcomes, and ends with code 1 where something could not be graded
    say        prints a line
    """

    @app.command()
    def collect(
        folders: Annotated[list[Path], typer.Argument(help="Folders that `course grade --shard` wrote.")],
        course: _Course = None,
    ) -> None:
        """Bring the shares of a class into its gradebook; ends with code 1 where something could not be graded."""
        from notebook_grader.batch.shards import collect
        from notebook_grader.gradebook.tables import progress_line

        opened = directory(course)
        show(opened, collect(opened, folders, lambda *news: say(progress_line(*news))))

    @app.command()
    def regrade(
        student: Annotated[str, typer.Argument(help="Name of the student's folder.")],
        chapter: Annotated[str | None, typer.Argument(help="One chapter; default: all.")] = None,
        course: _Course = None,
    ) -> None:
        """Grade a student again from what is stored; ends with code 1 where a mark is not the same."""
        from notebook_grader.batch.regrade import regrade

        found = regrade(directory(course), student, chapter)
        for one in found:
            say(f"{student} {one.chapter}: {'the same marks' if one.same else 'NOT THE SAME'}")
            for line in [*one.marks, *(f"since then, {cause}" for cause in one.causes)]:
                say(f"    {line}")
        if not all(one.same for one in found):
            raise typer.Exit(1)
