"""Measure the face models of chapter 12.

python -m training.measure_manga                        # measured.json and the card beside the weights
python -m training.measure_manga faces_200 faces_100    # those alone; what was measured of the others stays

What is measured of drawn faces, with five seeds each, beside the same of real ones: the Frechet distance of the judge
CLIP's embeddings to those of the faces trained on, and the processor time of a face.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
import yaml

from helpers.data.faces import load_faces
from helpers.face_ddpm import ddim_sample, face_schedule, sample
from helpers.metrics import ClipDistance
from helpers.networks.shipped import FACES, FOLDER, load_shipped, shipped_epochs, shipped_losses
from helpers.runtime import generator, mixed_precision
from training.jobs import load_job
from training.manga import MANGA_JOBS
from training.measuring.record import Answers, Record
from training.measuring.seeds import SEEDS, distance_of_real, spread

RECORD = Record(FOLDER / FACES / "measured.json")
CARD = Path(__file__).with_name("manga_card.md")
OWN = "own chain"  # all its steps, with noise
FEW_STEPS = 20  # of DDIM

Draw = Callable[[torch.Generator], torch.Tensor]


class Measure:
    """The distance to the faces trained on, and the number of pictures of a sample."""

    def __init__(self, source: str, count: int):
        self.count, self.distance = count, ClipDistance(load_faces(source))

    def real(self) -> dict[str, Any]:
        """What as many of the faces trained on give."""
        return {"frechet": distance_of_real(self.distance, self.count)}

    def drawn(self, draw: Draw) -> dict[str, Any]:
        """What faces drawn with five seeds give, and the seconds that one took."""
        started = time.process_time()
        with mixed_precision():
            faces = [draw(generator(seed)) for seed in SEEDS]
        seconds = (time.process_time() - started) / (self.count * len(SEEDS))
        return {"frechet": spread([self.distance(each) for each in faces]), "seconds": round(seconds, 3)}


def questions(name: str, measure: Measure) -> Answers:
    """Return what is to be measured of a shipped network: its own chain; of some, other samplers, too."""
    network, job = load_shipped(name), load_job(MANGA_JOBS, name)
    schedule, shape = face_schedule(job["timesteps"], job["mended"]), (measure.count, 3, 32, 32)
    ways: dict[str, Draw] = {OWN: lambda source: sample(network, shape, schedule, source)}
    if name in ("faces_200", "faces_mended"):
        ways[f"DDIM, {FEW_STEPS} steps"] = lambda source: ddim_sample(network, shape, schedule, FEW_STEPS, source)
    if name == "faces_200":
        zero = torch.zeros(shape)
        ways["x_T = 0"] = lambda source: sample(network, shape, schedule, source, x_T=zero)
        ways["no step noise"] = lambda source: sample(network, shape, schedule, source, noise=False)
    return {(name, way): partial(measure.drawn, draw) for way, draw in ways.items()}


def job_rows(measured: dict[str, Any]) -> list[str]:
    """What was trained: faces, T, beta, epochs, loss of the last hundred steps."""
    rows = ["| job | faces | T | β | error | epochs | loss at the end |", "|---|---|---|---|---|---|---|"]
    for name in (name for name in job_names() if name in measured):
        job, last = load_job(MANGA_JOBS, name), shipped_losses(name)[-10:]
        beta = "scaled by 1000 / T" if job["mended"] else "to 0.02"
        error = "squared" if job["squared"] else "absolute"
        rows.append(
            f"| {name} | {job['source']} | {job['timesteps']} | {beta} | {error} | {job['epochs']} "
            f"| {sum(last) / len(last):.4f} |"
        )
    return rows


def drawn_rows(measured: dict[str, Any]) -> list[str]:
    """What was drawn, its distance and its time."""
    rows = ["| | Fréchet | seconds |", "|---|---|---|"]
    named = {f"real faces, {source}": found for source, found in measured["real"].items()}
    for name in (name for name in job_names() if name in measured):
        named |= {name if way == OWN else f"{name}, {way}": found for way, found in measured[name].items()}
    for name, found in named.items():
        distance = found["frechet"]
        rows.append(f"| {name} | {distance['mean']:.2f} ± {distance['std']:.2f} | {found.get('seconds', '')} |")
    return rows


def job_names() -> list[str]:
    """Return the jobs of manga.yaml in their order."""
    return list(yaml.safe_load(MANGA_JOBS.read_text(encoding="utf-8"))["jobs"])


def write_card(measured: dict[str, Any]) -> None:
    """Fill the template with the numbers and write README.md beside the weights."""
    text = CARD.read_text(encoding="utf-8").format(
        pictures=measured["pictures"], jobs="\n".join(job_rows(measured)), drawn="\n".join(drawn_rows(measured))
    )
    (FOLDER / FACES / "README.md").write_text(text, encoding="utf-8")


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help="Jobs of manga.yaml; default: all that are shipped.")
    ] = None,
    count: Annotated[int, typer.Option(min=20, help="Faces of a sample.")] = 100,
    missing: Annotated[bool, typer.Option("--missing", help="Only what measured.json does not have yet.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="Of the CPU.")] = 1,
) -> None:
    """Measure what is shipped; keep each result as soon as it is there."""
    torch.set_num_threads(threads)
    RECORD.keep(("pictures",), count)
    chosen = [name for name in names or job_names() if shipped_epochs(name)]
    sources = {name: load_job(MANGA_JOBS, name)["source"] for name in chosen}
    measures = {source: Measure(source, count) for source in set(sources.values())}
    asked: Answers = {("real", source): measure.real for source, measure in measures.items()}
    for name in chosen:
        asked |= questions(name, measures[sources[name]])
    RECORD.ask(asked, missing)
    write_card(RECORD.read())


if __name__ == "__main__":
    typer.run(main)
