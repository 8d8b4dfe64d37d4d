"""The postcard models: how far guidance goes, and how close the pictures come to the prints.

What is measured with five seeds each, from the same noises at every scale: the distance of pictures to a colour under
colour guidance, their similarity to a text for the judge CLIP while the pocket CLIP guides, and the Frechet distance of
the judge's embeddings to those of the prints, for the base and the fine-tuned model.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from diffusers import DDIMScheduler, DDPMPipeline
from torch import Tensor

from helpers.clip import embed_pictures, embed_text, load_clip, similarities
from helpers.data.prints import load_prints
from helpers.guidance import clip_loss, colour_loss, guided_sample, random_cutouts, start_noises
from helpers.metrics import ClipDistance
from helpers.postcards import load_postcards
from helpers.runtime import generator
from helpers.weights import SHIPPED
from training.config import ROOT, load_config
from training.measuring.record import SEEDS, Answers, Measurement, distance_of_real, spread
from training.postcards import PostcardsConfig

JOBS = ROOT / "training" / "postcards.yaml"
TEMPLATE = ROOT / "training" / "postcards_card.md"
COLOUR, TEXT, CUTS = (0.1, 0.9, 0.5), "a cherry blossom tree", 4  # "sakura" is no word of our CLIPs
COLOUR_SCALES, TEXT_SCALES = (0.0, 100.0, 300.0, 600.0, 1500.0), (0.0, 10.0, 25.0, 50.0, 100.0)
AT_ONCE = 20

Loss = Callable[[Tensor], Tensor]


class Sizes(NamedTuple):
    """How much is measured.

    steps   of DDIM
    cards   drawn with each seed at each scale
    sample  pictures of a sample for the Frechet distance
    """

    steps: int
    cards: int
    sample: int


SIZES = Sizes(steps=40, cards=4, sample=20)


class Measure:
    """The models, the judge, the guide and the distance to the prints."""

    def __init__(self, models: dict[str, DDPMPipeline], prints: Tensor, sizes: Sizes):
        self.models, self.sizes = models, sizes
        self.judge, self.guide = load_clip("judge", device="cpu"), load_clip("pocket", device="cpu")
        self.from_prints = ClipDistance(prints)

    def draw(self, model: str, x_T: Tensor, loss: Loss | None = None, scale: float = 0.0) -> Tensor:
        """Return pictures in [-1, 1] that a model draws from x_T."""
        pipeline = self.models[model]
        scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
        scheduler.set_timesteps(self.sizes.steps)
        return guided_sample(pipeline.unet, scheduler, x_T, loss, scale).clamp(-1, 1)

    def noise(self, model: str, count: int, seed: int) -> Tensor:
        """Return the noises that pictures begin with, the same for every scale."""
        return start_noises(count, seed, self.models[model].unet.config.sample_size)

    def distance(self, model: str) -> dict[str, float]:
        """Frechet distance of what a model draws to the prints."""
        found = []
        for seed in SEEDS:
            parts = self.noise(model, self.sizes.sample, seed).split(AT_ONCE)
            drawn = torch.cat([self.draw(model, part) for part in parts])
            found.append(self.from_prints(drawn))
        return spread(found)

    def distance_of_prints(self) -> dict[str, float]:
        """The same of as many of the prints themselves."""
        return distance_of_real(self.from_prints, self.sizes.sample)

    def to_colour(self, scale: float) -> dict[str, float]:
        """Mean distance to the colour of cards that are guided there."""
        loss = functools.partial(colour_loss, colour=COLOUR)
        cards = [self.draw("pocket", self.noise("pocket", self.sizes.cards, seed), loss, scale) for seed in SEEDS]
        return spread([loss(each).mean().item() for each in cards])

    def to_text(self, scale: float) -> dict[str, float]:
        """Mean similarity to the text, for the judge, of cards that the other CLIP guides there."""
        target = embed_text(self.guide, TEXT)
        found = []
        for seed in SEEDS:
            loss = functools.partial(
                clip_loss, target=target, embed=functools.partial(embed_pictures, self.guide),
                cutouts=random_cutouts(CUTS, generator(seed)),
            )  # fmt: skip
            cards = self.draw("pocket", self.noise("pocket", self.sizes.cards, seed), loss, scale)
            with torch.no_grad():
                found.append(similarities(self.judge, cards, TEXT).mean().item())
        return spread(found)

    def seconds_of_a_card(self) -> float:
        """Processor time of one card under the guidance of a colour."""
        started = time.process_time()
        self.draw("pocket", self.noise("pocket", 1, 0), functools.partial(colour_loss, colour=COLOUR), COLOUR_SCALES[1])
        return round(time.process_time() - started, 2)


def questions(measure: Measure) -> Answers:
    """Return what is to be measured."""
    asked: Answers = {("frechet", "prints"): measure.distance_of_prints, ("seconds",): measure.seconds_of_a_card}
    asked |= {("colour", f"{scale:g}"): functools.partial(measure.to_colour, scale) for scale in COLOUR_SCALES}
    asked |= {("text", f"{scale:g}"): functools.partial(measure.to_text, scale) for scale in TEXT_SCALES}
    return asked | {("frechet", model): functools.partial(measure.distance, model) for model in measure.models}


def scale_rows(table: dict[str, dict[str, float]], what: str) -> str:
    """Return a table of scales, the unguided cards first."""
    rows = [f"| scale | {what} |", "|---|---|"]
    rows += [f"| {scale} | {found['mean']:.3f} ± {found['std']:.3f} |" for scale, found in table.items()]
    return "\n".join(rows)


def frechet_rows(table: dict[str, dict[str, float]]) -> str:
    """Return the distances of prints, base and fine-tuned model."""
    names = {"prints": "the prints themselves", "base": "base", "pocket": "pocket"}
    rows = ["| | Fréchet |", "|---|---|"]
    rows += [
        f"| {names[name]} | {table[name]['mean']:.2f} ± {table[name]['std']:.2f} |" for name in names if name in table
    ]
    return "\n".join(rows)


def job_rows() -> str:
    """Return what each stage was trained on and how long."""
    rows = [
        "| stage | begins with | pictures | epochs | batch | learning rate | EMA |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, pictures in (("base", "artwork"), ("pocket", "prints in cut-outs")):
        job = load_config(PostcardsConfig, JOBS, f"postcards_{name}")
        rows.append(
            f"| {name} | {job.start_from or 'random weights'} | {pictures} | {job.shown_epochs[-1]} "
            f"| {job.batch_size} in {job.accumulate} parts | {job.learning_rate:g} to {job.last_rate:g} "
            f"| {job.ema_decay} |"
        )
    return "\n".join(rows)


def fill(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the card."""
    return {
        "millions": f"{measured['parameters'] / 1e6:.2f}",
        "jobs": job_rows(),
        "colour": scale_rows(measured["colour"], "distance to the colour"),
        "text": scale_rows(measured["text"], "similarity to the text"),
        "target": ", ".join(map(str, COLOUR)),
        "prompt": TEXT,
        "frechet": frechet_rows(measured["frechet"]),
        "gamma": load_config(PostcardsConfig, JOBS, "postcards_pocket").largest_snr,
        **{name: measured[name] for name in ("steps", "cards", "sample", "seconds")},
    }


def measurement_of(measure: Measure, folder: Path) -> Measurement:
    """Return what is to be measured of models, in which folder."""
    facts = {(name,): size for name, size in measure.sizes._asdict().items()}
    facts["parameters",] = measure.models["pocket"].unet.num_parameters()
    return Measurement(folder, facts, questions(measure), TEMPLATE, fill)


def measure_postcards(data: Path) -> Measurement:
    """Return the measurement of the shipped models."""
    torch.set_num_threads(1)
    models = {name: load_postcards(name, device="cpu") for name in ("base", "pocket")}
    prints = load_prints(models["pocket"].unet.config.sample_size, crops=2, flips=True, name="folder")
    return measurement_of(Measure(models, prints, SIZES), SHIPPED / "postcards")
