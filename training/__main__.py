"""Train, export and measure the models that the course ships.

Commands::

    python -m training train pocket            # goes on where the last run stopped; data: COURSE_DATA or --data
    python -m training train class time        # one after another
    python -m training train class --smoke     # everything once, tiny, on pictures drawn in code: no data needed
    python -m training export class            # weights -> helpers/weights
    python -m training measure mnist           # numbers and card beside the weights
    python -m training samples pocket          # the pocket model's sheets, for the page of the model cards
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from training.clip import ClipJob
from training.clip_data import clip_subjects
from training.config import ROOT, job_names, load_config, run_folder, tiny
from training.digit_judge import DigitJudgeJob
from training.jobs import Job
from training.manga import MangaJob
from training.measuring.clip import measure_clip
from training.measuring.manga import measure_manga
from training.measuring.mnist import measure_mnist
from training.measuring.pocket import measure_pocket
from training.measuring.postcards import measure_postcards
from training.measuring.record import Measurement
from training.mnist import MnistJob
from training.pocket import PocketJob
from training.postcards import PostcardsJob
from training.registry import write_registry
from training.samples import write_sheets
from training.stand_in import write_stand_in
from training.trainer import CHECKPOINT, Trainer
from training.upscaler import UpscalerJob

# What is trained, by the yaml file that describes it: one job that is called like the file, or those that it lists
MODELS: dict[str, type[Job]] = {
    "pocket": PocketJob,  # text to image, 32 x 32: chapters 1 to 8
    "pocket_64": PocketJob,  # the same at 64 x 64, on all emoji and on photographs
    "upscaler": UpscalerJob,  # from 64 to 256 pixels: stage II of pocket_64
    "clip": ClipJob,  # how well a picture fits a text: chapters 13 and 14, and what measures
    "mnist": MnistJob,  # digits: chapters 9 to 11
    "manga": MangaJob,  # faces: chapter 12
    "postcards": PostcardsJob,  # prints: chapters 13 and 14
    "digit_judge": DigitJudgeJob,  # reads digits, to measure those of mnist
}


# What is measured: the weights of a job, or of all jobs that share a card; called with the data folder
MEASUREMENTS: dict[str, Callable[[Path], Measurement]] = {
    "pocket": partial(measure_pocket, "pocket"),
    "pocket_64": partial(measure_pocket, "pocket_64"),  # writes the same card, of the same folder
    "clip_judge": partial(measure_clip, "judge"),
    "clip_pocket": partial(measure_clip, "pocket"),
    "mnist": measure_mnist,
    "manga": measure_manga,
    "postcards": measure_postcards,
}


def jobs() -> dict[str, Path]:
    """Return the yaml file of each job."""
    files = [Path(__file__).with_name(f"{model}.yaml") for model in MODELS]
    return {name: path for path in files for name in job_names(path)}


def yaml_of(name: str) -> Path:
    """Return the file that describes a job. Raises ValueError for an unknown one."""
    if name not in jobs():
        raise ValueError(f"There is no job {name!r}; expected one of {', '.join(jobs())}.")
    return jobs()[name]


def load_job(name: str, data: Path, config: Path | None = None, smoke: bool = False) -> Job:
    """Return a job with its settings and its data.

    config  another yaml file with the settings; default: the model's own
    smoke   True makes network and run tiny
    """
    kind = MODELS[yaml_of(name).stem]
    settings = load_config(kind.settings, config or yaml_of(name), name)
    name_data_folder(data)
    return kind.load(tiny(settings, **kind.tiny) if smoke else settings, data)


def name_data_folder(data: Path) -> None:
    """Tell the loaders of helpers where to look; without a data folder they have other sources."""
    if data.is_dir():
        os.environ["COURSE_DATA"] = str(data)


def smoke_run(name: str, folder: Path) -> None:
    """Do everything once with a tiny network on pictures drawn in code: train, stop, go on, export."""
    data = write_stand_in(folder / "data", clip_subjects())
    run = Trainer(load_job(name, data, smoke=True), folder / "run")
    run.train(until=run.last_step // 2)
    run.save()
    again = Trainer(load_job(name, data, smoke=True), folder / "run")
    again.train()
    if again.job.weights is not None:
        again.job.export(again, folder / "weights")
    size = sum(path.stat().st_size for path in (folder / "weights").rglob("*") if path.is_file())
    print(f"{name}: smoke run finished after {again.step} steps, {size:,} bytes exported")


app = typer.Typer(help="Train, export and measure the models that the course ships.", add_completion=False)

Names = Annotated[list[str], typer.Argument(help="Jobs of the yaml files, one after another.")]
Name = Annotated[str, typer.Argument(help="A job of the yaml files.")]
Data = Annotated[Path, typer.Option(envvar="COURSE_DATA", help="The data folder.")]
Folder = Annotated[Path | None, typer.Option(help="Of the run; default: one in the user's cache, called like the job.")]
Settings = Annotated[Path | None, typer.Option(help="Another yaml file with the settings of the job.")]
DATA = ROOT.parent / "shared" / "data"


@app.command()
def train(
    names: Names,
    data: Data = DATA,
    folder: Folder = None,
    config: Settings = None,
    smoke: Annotated[bool, typer.Option("--smoke", help="Everything once, tiny, on pictures drawn in code.")] = False,
) -> None:
    """Train, or go on from the last checkpoint. A file `decay` in the folder of the run asks for its end."""
    for name in names:
        if smoke:
            with tempfile.TemporaryDirectory() as temporary:
                smoke_run(name, Path(temporary))
        else:
            Trainer(load_job(name, data, config), folder or run_folder(name)).train()


@app.command()
def export(
    name: Name,
    data: Data = DATA,
    folder: Folder = None,
    config: Settings = None,
    weights: Annotated[Path | None, typer.Option(help="The folder to write; default: in helpers/weights.")] = None,
) -> None:
    """Write the weights of the last checkpoint as the course ships them."""
    folder = folder or run_folder(name)
    if not (folder / CHECKPOINT).is_file():
        raise FileNotFoundError(f"No checkpoint in {folder}. Train first: python -m training train {name}")
    run = Trainer(load_job(name, data, config), folder)
    if run.job.weights is None:
        raise ValueError(f"The course does not ship {name} yet: there is nothing to export.")
    run.job.export(run, weights or run.job.weights)
    if weights is None:
        write_registry()
    print(f"{name}: step {run.step} written to {weights or run.job.weights}")


@app.command()
def measure(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(MEASUREMENTS)}.")],
    data: Data = DATA,
    only: Annotated[str | None, typer.Option(help="Only answers under this key, such as cost or class.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only what measured.json does not have yet.")] = False,
) -> None:
    """Measure shipped weights: each answer into measured.json as soon as it is there, then the card."""
    if name not in MEASUREMENTS:
        raise ValueError(f"There is no measurement {name!r}; expected one of {', '.join(MEASUREMENTS)}.")
    name_data_folder(data)
    MEASUREMENTS[name](data).take(only, missing)


@app.command()
def samples(
    name: Annotated[str, typer.Argument(help="pocket, the only model with sheets.")] = "pocket", data: Data = DATA
) -> None:
    """Draw the sheets of a shipped model; run it again when the weights change, a test compares."""
    if name != "pocket":
        raise ValueError(f"There are no sheets of {name!r}; expected pocket.")
    write_sheets(data)


if __name__ == "__main__":
    app()
