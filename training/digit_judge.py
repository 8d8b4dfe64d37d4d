"""Train the network that judges digits: a classifier that none of the course's generators has seen.

Command::

    python -m training.digit_judge    # weights and measured.json -> helpers/weights/mnist
"""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

from helpers.data.mnist import load_mnist, mnist_source
from helpers.metrics.digit_judge import WEIGHTS, DigitJudge, load_digit_judge
from training.export import save_halved

BATCH, RATE, SEED = 256, 3e-3, 11


def jittered(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
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


def main(
    epochs: Annotated[int, typer.Option(min=1)] = 6,
    threads: Annotated[int, typer.Option(min=1, help="Of the CPU.")] = 1,
) -> None:
    """Train, test, write."""
    torch.set_num_threads(threads)
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    digits, test = load_mnist("train"), load_mnist("test")
    print(mnist_source(), flush=True)
    judge = DigitJudge().to(memory_format=torch.channels_last)
    steps = epochs * (len(digits.images) // BATCH)
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for step in range(steps):
        rows = torch.randint(len(digits.images), (BATCH,), generator=generator)
        images = jittered(digits.images[rows], generator).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            loss = cross_entropy(judge(images), digits.labels[rows], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step}/{steps} loss {loss.item():.3f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / WEIGHTS.name
        save_halved(judge.state_dict(), written)
        accuracy = load_digit_judge(written).accuracy(test.images, test.labels)
        print(f"accuracy on the test set: {accuracy:.4f}")
        WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
        WEIGHTS.write_bytes(written.read_bytes())
    numbers = {"test_accuracy": round(accuracy, 4), "epochs": epochs, "source": mnist_source()}
    WEIGHTS.with_name("digit_judge.json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
