"""The digit models of chapters 9 to 11: what their digits are like, beside real ones.

What is measured of generated digits, with five seeds each, beside the same of real digits: the Frechet distance of the
digit judge's features to those of the test set, the mean of all pixels, the distance of two digits of one class, and
the accuracy of class-conditional samples under the judge.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import one_hot

from helpers import ddpm
from helpers.data.mnist import load_mnist, mnist_source
from helpers.metrics import frechet_distance, load_digit_judge
from helpers.networks.mnist import CLASSES
from helpers.networks.shipped import DIGITS, load_shipped, shipped_epochs, shipped_losses
from helpers.runtime import mixed_precision
from helpers.weights import SHIPPED
from training.config import ROOT, load_config
from training.measuring.record import SEEDS, Answers, Measurement, spread
from training.mnist import MNIST_JOBS, MnistConfig

TEMPLATE = ROOT / "training" / "mnist_card.md"
DIGITS_OF_A_SAMPLE = 100
ORDER = ("one_step", "time", "time_mended", "class", "flow")
TESTED = 1000  # digits of the test set that the one-step denoiser gets
SCALES = (0, 1, 2, 5, 10)
DEFAULT_SCALE = 5
EULER_STEPS = (5, 10, 50)
SIGMAS = (0.2, 0.4, 0.5, 0.6, 0.8, 1.0)


class Measure:
    """What all measurements share: the judge, the test set's features, the number of pictures of a sample."""

    def __init__(self, count: int):
        self.count, self.judge, self.test = count, load_digit_judge(), load_mnist("test")
        self.labels = torch.arange(count) % 10  # of class-conditional samples
        self.features = self._features(self.test.images)

    @torch.inference_mode()
    def _features(self, images: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.judge.features(part.clamp(0, 1)) for part in images.split(500)])

    def real(self) -> dict[str, Any]:
        """What as many digits of the test set give beside the rest of it, the same number of each class."""
        places = [(self.test.labels == k).nonzero().flatten() for k in range(10)]
        pictures, others = [], []
        for source in map(torch.Generator().manual_seed, SEEDS):
            chosen = [place[torch.randperm(len(place), generator=source)[: self.count // 10]] for place in places]
            rows = torch.stack(chosen, dim=1).flatten()
            rest = torch.ones(len(self.features), dtype=torch.bool)
            rest[rows] = False
            pictures.append(self.test.images[rows])
            others.append(self.features[rest])
        return self._about(pictures, others, by_class=True)

    def drawn(self, draw: Callable[[torch.Generator], torch.Tensor], by_class: bool = False) -> dict[str, Any]:
        """What pictures drawn with five seeds give; `by_class` where picture i is to show the digit i mod 10."""
        with mixed_precision():
            pictures = [draw(torch.Generator().manual_seed(seed)).float().clamp(0, 1) for seed in SEEDS]
        return self._about(pictures, [self.features] * len(pictures), by_class)

    def _about(self, pictures: list[torch.Tensor], others: list[torch.Tensor], by_class: bool) -> dict[str, Any]:
        """What samples give; each is held to features of real digits."""
        distances = [frechet_distance(self._features(each), rest) for each, rest in zip(pictures, others, strict=True)]
        found = {"frechet": spread(distances), "ink": spread([each.mean().item() for each in pictures])}
        if by_class:
            found["accuracy"] = spread([self.judge.accuracy(each, self.labels) for each in pictures])
            found["diversity"] = spread([self._diversity(each) for each in pictures])
        return found

    def _diversity(self, images: torch.Tensor) -> float:
        """Return the mean distance of two pictures of one class, per pixel."""
        same = [images[self.labels == k].flatten(1) for k in range(10)]
        return statistics.mean(torch.pdist(each).mean().item() / math.sqrt(each.shape[1]) for each in same)

    @torch.inference_mode()
    def one_step(self, network) -> dict[str, Any]:
        """The mean squared error on the test set by the size of the noise, and that of the noisy digits."""
        images, table = self.test.images[:TESTED], {}
        for sigma in SIGMAS:
            noisy = ddpm.add_noise(images, sigma, torch.Generator().manual_seed(int(100 * sigma)))
            with mixed_precision():
                answer = torch.cat([network(part).float() for part in noisy.split(500)])
            table[str(sigma)] = {
                "denoised": round((answer - images).square().mean().item(), 5),
                "noisy": round((noisy - images).square().mean().item(), 5),
            }
        return table


class Told(nn.Module):
    """A network of chapter 11 that is told the same classes at each call: it can be asked like one of chapter 10."""

    def __init__(self, network: nn.Module, classes: torch.Tensor):
        super().__init__()
        self.network, self.classes = network, classes

    def forward(self, x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return self.network(x, self.classes, t)


def questions(name: str, epoch: int, measure: Measure) -> Answers:
    """Return what is to be measured of a shipped network."""
    network = load_shipped(name, epoch).to(memory_format=torch.channels_last)
    job = load_config(MnistConfig, MNIST_JOBS, name)
    place = (name, str(epoch))
    if name == "one_step":
        return {place: partial(measure.one_step, network)}
    if name == "flow":
        return {
            (*place, str(steps)): partial(measure.drawn, partial(ddpm.flow_sample, network, measure.count, steps))
            for steps in EULER_STEPS
        }
    schedule = ddpm.ddpm_schedule(*job.beta, job.num_ts)
    if name != "class":
        draw = partial(ddpm.ddpm_sample, network, schedule, measure.count, job.num_ts)
        return {place: partial(measure.drawn, draw)}
    scales = SCALES if epoch == job.epochs else (DEFAULT_SCALE,)
    return {
        (*place, str(scale)): partial(measure.drawn, _guided(network, schedule, measure, scale), by_class=True)
        for scale in scales
    }


def _guided(network: nn.Module, schedule: dict, measure: Measure, scale: float) -> Callable:
    """Return what draws digits at a scale. At 0 and 1 half of the answers have no weight, and are not asked for."""
    num_ts = len(schedule["betas"])
    if scale not in (0, 1):
        return partial(ddpm.class_ddpm_sample, network, schedule, measure.labels, scale, num_ts)
    told = Told(network, scale * one_hot(measure.labels, CLASSES).float())
    return partial(ddpm.ddpm_sample, told, schedule, measure.count, num_ts)


def job_rows(measured: dict[str, Any]) -> list[str]:
    """What was trained: chapter, epochs, learning rate, the loss of the last hundred steps."""
    rows = ["| job | epochs | learning rate | loss at the end |", "|---|---|---|---|"]
    for name in (name for name in ORDER if name in measured):
        job, last = load_config(MnistConfig, MNIST_JOBS, name), shipped_losses(name)[-10:]
        rate = f"{job.learning_rate:g}" + (f" to {job.last_rate:g}" if job.last_rate != job.learning_rate else "")
        begun = f", from the end of {job.start_from}" if job.start_from else ""
        rows.append(f"| {name}{begun} | {job.epochs} | {rate} | {statistics.mean(last):.4f} |")
    return rows


def drawn_rows(measured: dict[str, Any]) -> list[str]:
    """What was drawn, and its four numbers."""
    named = {"real digits": measured["real"]}
    for name in ("time", "time_mended"):
        named |= {f"{name}, epoch {epoch}": found for epoch, found in measured.get(name, {}).items()}
    for name, each in (("class", "scale"), ("flow", "Euler steps:")):
        for epoch, table in measured.get(name, {}).items():
            named |= {f"{name}, epoch {epoch}, {each} {key}": found for key, found in table.items()}
    columns = {"frechet": ".2f", "ink": ".4f", "accuracy": ".3f", "diversity": ".4f"}
    rows = ["| | Fréchet | ink | accuracy | diversity |", "|---|---|---|---|---|"]
    for name, found in named.items():
        cells = [
            f"{found[key]['mean']:{form}} ± {found[key]['std']:{form}}" if key in found else ""
            for key, form in columns.items()
        ]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def one_step_rows(measured: dict[str, Any]) -> list[str]:
    """The error of the denoised digits, by epoch and noise."""
    epochs = measured.get("one_step", {})
    rows = [f"| σ | noisy | {' | '.join(f'epoch {epoch}' for epoch in epochs)} |", "|---|---|" + "---|" * len(epochs)]
    for sigma in map(str, SIGMAS if epochs else ()):
        cells = [f"{table[sigma]['denoised']:.4f}" for table in epochs.values()]
        rows.append(f"| {sigma} | {next(iter(epochs.values()))[sigma]['noisy']:.4f} | {' | '.join(cells)} |")
    return rows


def fill(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the card."""
    judge = json.loads((SHIPPED / DIGITS / "digit_judge.json").read_text(encoding="utf-8"))
    return {
        "width": load_config(MnistConfig, MNIST_JOBS, "time").width,
        "judge_accuracy": judge["test_accuracy"],
        "pictures": measured["pictures"],
        "tested": TESTED,
        "jobs": "\n".join(job_rows(measured)),
        "drawn": "\n".join(drawn_rows(measured)),
        "one_step": "\n".join(one_step_rows(measured)),
    }


def measure_mnist(data: Path) -> Measurement:
    """Return the measurement of all digit models that are shipped."""
    torch.set_num_threads(1)
    measure = Measure(DIGITS_OF_A_SAMPLE)
    asked: Answers = {("real",): measure.real}
    for name in ORDER:
        for epoch in shipped_epochs(name):
            asked |= questions(name, epoch, measure)
    facts = {("pictures",): measure.count, ("source",): mnist_source()}
    return Measurement(SHIPPED / DIGITS, facts, asked, TEMPLATE, fill)
