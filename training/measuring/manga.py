"""The face models of chapter 12: distance to real faces, and the time of a face.

What is measured of drawn faces, with five seeds each, beside the same of real ones: the Frechet distance of the judge
CLIP's embeddings to those of the faces trained on, and the processor time of a face.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from helpers.data.faces import load_faces
from helpers.face_ddpm import ddim_sample, face_schedule, sample
from helpers.metrics import ClipDistance
from helpers.networks.shipped import FACES, load_shipped, shipped_epochs, shipped_losses
from helpers.runtime import generator, mixed_precision
from helpers.weights import SHIPPED
from training.config import ROOT, job_names, load_config
from training.manga import MangaConfig
from training.measuring.record import SEEDS, Answers, Measurement, distance_of_real, spread

JOBS = ROOT / "training" / "manga.yaml"
TEMPLATE = ROOT / "training" / "manga_card.md"
FACES_OF_A_SAMPLE = 20
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
    network, job = load_shipped(name), load_config(MangaConfig, JOBS, name)
    schedule, shape = face_schedule(job.timesteps, job.mended), (measure.count, 3, 32, 32)
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
    for name in (name for name in job_names(JOBS) if name in measured):
        job, last = load_config(MangaConfig, JOBS, name), shipped_losses(name)[-10:]
        beta = "scaled by 1000 / T" if job.mended else "to 0.02"
        error = "squared" if job.squared else "absolute"
        rows.append(
            f"| {name} | {job.source} | {job.timesteps} | {beta} | {error} | {job.epochs} "
            f"| {sum(last) / len(last):.4f} |"
        )
    return rows


def drawn_rows(measured: dict[str, Any]) -> list[str]:
    """What was drawn, its distance and its time."""
    rows = ["| | Fréchet | seconds |", "|---|---|---|"]
    named = {f"real faces, {source}": found for source, found in measured["real"].items()}
    for name in (name for name in job_names(JOBS) if name in measured):
        named |= {name if way == OWN else f"{name}, {way}": found for way, found in measured[name].items()}
    for name, found in named.items():
        distance = found["frechet"]
        rows.append(f"| {name} | {distance['mean']:.2f} ± {distance['std']:.2f} | {found.get('seconds', '')} |")
    return rows


def fill(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the card."""
    return {
        "pictures": measured["pictures"],
        "jobs": "\n".join(job_rows(measured)),
        "drawn": "\n".join(drawn_rows(measured)),
    }


def measure_manga(data: Path) -> Measurement:
    """Return the measurement of all face models that are shipped."""
    torch.set_num_threads(1)
    names = [name for name in job_names(JOBS) if shipped_epochs(name)]
    sources = {name: load_config(MangaConfig, JOBS, name).source for name in names}
    measures = {source: Measure(source, FACES_OF_A_SAMPLE) for source in set(sources.values())}
    asked: Answers = {("real", source): measure.real for source, measure in measures.items()}
    for name in names:
        asked |= questions(name, measures[sources[name]])
    return Measurement(SHIPPED / FACES, {("pictures",): FACES_OF_A_SAMPLE}, asked, TEMPLATE, fill)
