"""A small network that reads digits: it judges what the course's models draw, and its features measure them."""

from pathlib import Path

import torch
from torch import Tensor, nn

from helpers.cache import load_widened
from helpers.weights import weights

WEIGHTS = "digit_judge.safetensors"
FEATURES = 128
_AT_ONCE = 500  # pictures


class DigitJudge(nn.Module):
    """A convolutional classifier of 28 x 28 digits with the mean of its last feature maps before the last layer."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            *_layer(1, 32), *_layer(32, 32), nn.MaxPool2d(2),
            *_layer(32, 64), *_layer(64, 64), nn.MaxPool2d(2),
            *_layer(64, FEATURES), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )  # fmt: skip
        self.head = nn.Linear(FEATURES, 10)

    def features(self, images: Tensor) -> Tensor:
        """Return (B, 128) for images (B, 1, 28, 28) in [0, 1]."""
        return self.body(images)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, 10) for images (B, 1, 28, 28) in [0, 1]."""
        return self.head(self.features(images))

    @torch.inference_mode()
    def accuracy(self, images: Tensor, labels: Tensor) -> float:
        """Return the share of images in which the judge reads their label, from 0 to 1."""
        read = torch.cat([self(part.clamp(0, 1)).argmax(dim=1) for part in images.split(_AT_ONCE)])
        return (read == labels).float().mean().item()


def _layer(in_channels: int, out_channels: int) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
    return conv, nn.BatchNorm2d(out_channels), nn.ReLU()


def load_digit_judge(path: Path | str | None = None) -> DigitJudge:
    """Return the judge with its shipped weights, in float32 and evaluation mode.

    path  another file of weights; default: the shipped one
    """
    judge = DigitJudge()
    judge.load_state_dict(load_widened(Path(path or weights("digit_judge") / WEIGHTS))[0])
    return judge.eval()
