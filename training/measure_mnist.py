"""Measure the MNIST models of chapters 9 to 11.

python -m training.measure_mnist    # measured.json beside the weights; models that are not there yet are left out

What is measured of generated digits, with five seeds each: the accuracy of class-conditional samples under the digit
judge, and the Frechet distance of its features to those of the test set, beside that of real digits to real digits.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from typing import Annotated, Any

import torch
import typer

from helpers import ddpm
from helpers.data.mnist import load_mnist, mnist_source
from helpers.metrics import frechet_distance, load_digit_judge
from helpers.networks.shipped import FOLDER, load_shipped, shipped_epochs
from training.mnist import load_job

SEEDS = range(5)
SCALES = (0, 1, 2, 5, 10)
SIGMAS = (0.2, 0.4, 0.5, 0.6, 0.8, 1.0)

Draw = Callable[[torch.Generator], torch.Tensor]


def spread(values: list[float]) -> dict[str, float]:
    """Return mean and standard deviation over the seeds."""
    return {"mean": round(statistics.mean(values), 4), "std": round(statistics.stdev(values), 4)}


class Measure:
    """What all measurements share: the judge, the test set's features, the number of pictures of a sample."""

    def __init__(self, count: int):
        self.count, self.judge, self.test = count, load_digit_judge(), load_mnist("test")
        self.features = self._features(self.test.images)

    @torch.inference_mode()
    def _features(self, images: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.judge.features(part.clamp(0, 1)) for part in images.split(500)])

    def real(self) -> dict[str, float]:
        """The Frechet distance of as many real digits from the rest of the test set."""
        values = []
        for seed in SEEDS:
            order = torch.randperm(len(self.features), generator=torch.Generator().manual_seed(seed))
            part, rest = order[: self.count], order[self.count :]
            values.append(frechet_distance(self.features[part], self.features[rest]))
        return spread(values)

    def generated(self, draw: Draw) -> dict[str, float]:
        """The Frechet distance of drawn digits from the test set."""
        pictures = [draw(torch.Generator().manual_seed(seed)) for seed in SEEDS]
        return spread([frechet_distance(self._features(each), self.features) for each in pictures])

    def by_class(self, draw: Callable[[torch.Tensor, torch.Generator], torch.Tensor]) -> dict[str, Any]:
        """Accuracy, distance to the test set, and the mean distance of two pictures of one class."""
        labels = torch.arange(self.count) % 10
        pictures = [draw(labels, torch.Generator().manual_seed(seed)) for seed in SEEDS]
        diversity = [
            statistics.mean(torch.pdist(each[labels == k].flatten(1)).mean().item() / 28 for k in range(10))
            for each in pictures
        ]
        return {
            "accuracy": spread([self.judge.accuracy(each, labels) for each in pictures]),
            "frechet": spread([frechet_distance(self._features(each), self.features) for each in pictures]),
            "diversity": spread(diversity),
        }

    @torch.inference_mode()
    def one_step(self, network) -> dict[str, Any]:
        """The mean squared error on the test set by the size of the noise, and that of the noisy digits."""
        images, table = self.test.images[: 5 * self.count], {}
        for sigma in SIGMAS:
            z = ddpm.add_noise(images, sigma, torch.Generator().manual_seed(int(100 * sigma)))
            answer = torch.cat([network(part) for part in z.split(500)])
            table[str(sigma)] = {
                "denoised": round((answer - images).square().mean().item(), 5),
                "noisy": round((z - images).square().mean().item(), 5),
            }
        return table


def measure_model(name: str, epoch: int, measure: Measure) -> dict[str, Any]:
    """Measure one shipped network."""
    network, job = load_shipped(name, epoch), load_job(name)
    if name == "one_step":
        return measure.one_step(network)
    if name == "flow":
        return {
            str(steps): measure.generated(
                lambda source, steps=steps: ddpm.flow_sample(network, measure.count, steps, source)
            )
            for steps in (10, 50)
        }
    schedule = ddpm.ddpm_schedule(*job["beta"], job["num_ts"])
    if name == "class":
        return {
            str(scale): measure.by_class(
                lambda labels, source, scale=scale: ddpm.class_ddpm_sample(
                    network, schedule, labels, scale, job["num_ts"], source
                )
            )
            for scale in SCALES
        }
    return measure.generated(lambda source: ddpm.ddpm_sample(network, schedule, measure.count, job["num_ts"], source))


def main(
    count: Annotated[int, typer.Option(min=50, help="Pictures of a sample.")] = 500,
    threads: Annotated[int, typer.Option(min=1, help="Of the CPU.")] = 1,
) -> None:
    """Measure what is shipped; keep each result as soon as it is there."""
    torch.set_num_threads(threads)
    measure = Measure(count)
    path = FOLDER / "measured.json"
    measured = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    measured |= {"pictures": count, "source": mnist_source(), "real": measure.real()}
    for name in ("one_step", "time", "time_mended", "class", "flow"):
        for epoch in shipped_epochs(name):
            measured.setdefault(name, {})[str(epoch)] = measure_model(name, epoch, measure)
            path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
            print(f"{name}, epoch {epoch}: {measured[name][str(epoch)]}", flush=True)


if __name__ == "__main__":
    typer.run(main)
