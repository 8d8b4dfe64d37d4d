"""The network that judges digits: a classifier that none of the course's generators has seen."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

from helpers.data.mnist import Digits, load_mnist, mnist_source
from helpers.metrics.digit_judge import WEIGHTS, DigitJudge, load_digit_judge
from helpers.networks.shipped import DIGITS
from helpers.weights import SHIPPED
from training.config import Config
from training.export import save_halved
from training.jobs import EpochJob, Run


class DigitJudgeJob(EpochJob):
    """A classifier of digits that are turned, sized and moved a little."""

    settings, tiny, weights = Config, {"batch_size": 64, "warmup_steps": 0, "decay_steps": 0}, SHIPPED / DIGITS

    def __init__(self, config: Config, digits: Digits) -> None:
        torch.manual_seed(config.seed)
        super().__init__(config, DigitJudge(), digits)

    @classmethod
    def load(cls, config: Config, data: Path) -> DigitJudgeJob:
        """Return the job with the digits to train on."""
        print(mnist_source(), flush=True)
        return cls(config, load_mnist("train"))

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the cross-entropy of the labels, smoothed."""
        images, labels = batch
        images = jittered(images.cpu(), generator).to(images).contiguous(memory_format=torch.channels_last)
        return {"loss": cross_entropy(network(images), labels, label_smoothing=0.05)}

    def export(self, run: Run, weights: Path) -> None:
        """Write the weights in half precision, and what share of the test set they read."""
        weights.mkdir(parents=True, exist_ok=True)
        path, test = weights / WEIGHTS, load_mnist("test")
        save_halved(self.network.state_dict(), path)
        accuracy = load_digit_judge(path).accuracy(test.images, test.labels)
        numbers = {"test_accuracy": round(accuracy, 4), "epochs": self.config.epochs, "source": mnist_source()}
        path.with_suffix(".json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
        print(f"accuracy on the test set: {accuracy:.4f}")


def jittered(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return images turned by up to 10 degrees, sized by 0.9 to 1.1 and moved by up to 2 pixels."""
    count = len(images)
    angle, scale, *shift = (2 * torch.rand(4, count, generator=generator) - 1).unbind()
    angle, scale = math.radians(10) * angle, 1 + 0.1 * scale
    rows = [
        scale * angle.cos(),
        -scale * angle.sin(),
        shift[0] * 4 / 28,
        scale * angle.sin(),
        scale * angle.cos(),
        shift[1] * 4 / 28,
    ]
    grid = affine_grid(torch.stack(rows, dim=1).reshape(count, 2, 3), list(images.shape), align_corners=False)
    return grid_sample(images, grid, align_corners=False)
