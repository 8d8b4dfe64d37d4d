"""What the given sampling loop costs beside its bare U-Net calls, and beside diffusers' own IFPipeline.

    python benchmarks/sampling_loop.py                # the table
    python benchmarks/sampling_loop.py --rounds 30    # for a machine that is not quiet

Three ways to draw the same number of guided pictures with 33 batched U-Net calls take turns in one process: the calls
alone, `helpers.sampling.iterative_denoise_cfg`, and `IFPipeline.__call__` with the same time steps and scale. The aim:
ours at most 3 % above the bare calls, and no more than the pipeline. A ratio is taken within each round, so that what
slows the machine for a while slows all three. The last two columns have a U-Net that answers at once: what is left is
the loop's own work. It is small beside the calls, and the ratios of whole runs swing by more than it, so the verdict
rests on it: the bare calls' time and our loop's own work, beside the bare calls and beside the pipeline's own work.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NamedTuple

import torch
import typer
from rich.console import Console
from rich.table import Table

from helpers.denoisers.pocket import load_pocket
from helpers.sampling import iterative_denoise_cfg
from helpers.schedules import strided

SCALE = 7.0
TIMESTEPS = strided()
CALLS = len(TIMESTEPS) - 1  # the last entry is the noise level at which the loop ends
AIM = 1.03  # of the bare calls' time


class Samplers:
    """Three ways to spend the same U-Net calls.

    stage_1  the pipeline
    batch    how many pictures at once
    """

    def __init__(self, stage_1, batch: int):
        self.stage_1 = stage_1
        embeds, null = stage_1.encode_prompt("a rocket")
        self.embeds, self.null = embeds.detach().expand(batch, -1, -1), null.detach().expand(batch, -1, -1)
        size = stage_1.unet.config.sample_size
        self.x_t = torch.randn(batch, 3, size, size)

    @torch.no_grad()
    def bare(self) -> None:
        """The U-Net calls alone: both rows of guidance in one batch."""
        two, embeds = torch.cat([self.x_t, self.x_t]), torch.cat([self.null, self.embeds])
        for t in TIMESTEPS[:-1]:
            self.stage_1.unet(two, t, encoder_hidden_states=embeds, return_dict=False)

    def ours(self) -> None:
        """The loop of the course."""
        for _ in iterative_denoise_cfg(self.x_t, 0, self.embeds, self.null, TIMESTEPS, self.stage_1, SCALE):
            pass

    def pipeline(self) -> None:
        """The loop of diffusers, without its progress bar."""
        self.stage_1(
            prompt_embeds=self.embeds, negative_prompt_embeds=self.null, timesteps=TIMESTEPS[:-1],
            guidance_scale=SCALE, output_type="pt",
        )  # fmt: skip

    @contextmanager
    def answered_at_once(self) -> Iterator[None]:
        """Put a fixed answer in the place of the U-Net's work."""
        answer = torch.randn(2 * len(self.x_t), 6, *self.x_t.shape[2:])
        self.stage_1.unet.forward = lambda *_, **__: (answer,)
        try:
            yield
        finally:
            del self.stage_1.unet.forward


class Cost(NamedTuple):
    """Milliseconds of each round."""

    bare: list[float]
    ours: list[float]
    pipeline: list[float]

    def beside(self, other: list[float]) -> list[float]:
        """Return the ratios of ours to another way, round by round."""
        return [mine / theirs for mine, theirs in zip(self.ours, other, strict=True)]


def pocket_at(size: int):
    """Return the pocket model, an `IFPipeline`; at another size than its own with an untrained U-Net of its shape."""
    stage_1 = load_pocket()
    stage_1.set_progress_bar_config(disable=True)
    if size != stage_1.unet.config.sample_size:
        config = {**stage_1.unet.config, "sample_size": size}
        stage_1.register_modules(unet=type(stage_1.unet).from_config(config).eval())
    return stage_1


def measure(samplers: Samplers, rounds: int) -> Cost:
    """Time the three ways, taking turns; who begins a round changes."""
    ways: list[Callable[[], None]] = [samplers.bare, samplers.ours, samplers.pipeline]
    times: list[list[float]] = [[], [], []]
    for way in ways:
        way()  # the first call allocates
    for number in range(rounds):
        for place in range(3):
            which = (number + place) % 3
            started = time.perf_counter()
            ways[which]()
            times[which].append(1000 * (time.perf_counter() - started))
    return Cost(*times)


def told(values: list[float], digits: int) -> str:
    """Return the median and the middle half of the values."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def row(samplers: Samplers, rounds: int) -> list[str]:
    """Measure one size and batch; return the cells of its row."""
    cost = measure(samplers, rounds)
    with samplers.answered_at_once():
        alone = measure(samplers, rounds)
    ratios = cost.beside(cost.bare), cost.beside(cost.pipeline)
    bare, ours, pipeline = (statistics.median(times) for times in (cost.bare, alone.ours, alone.pipeline))
    is_reached = 1 + ours / bare <= AIM and ours <= pipeline
    loops = [f"{times / CALLS:.2f}" for times in (ours, pipeline)]
    cells = [told(times, 0) for times in cost] + [told(ratio, 3) for ratio in ratios]
    return [*cells, "as aimed" if is_reached else "NOT as aimed", *loops]


def main(
    rounds: Annotated[int, typer.Option(min=2, help="turns of each way")] = 9,
    threads: Annotated[int, typer.Option(min=1, help="threads of torch")] = 2,
) -> None:
    """Measure and print."""
    torch.set_num_threads(threads)
    columns = ("pixels", "batch", "bare calls, ms", "ours, ms", "IFPipeline, ms", "ours : bare", "ours : IFPipeline")
    title = f"{CALLS} guided steps, {threads} threads: median of {rounds} rounds (middle half)"
    table = Table(*columns, "", "our loop, ms a step", "its loop, ms a step", title=title)
    for size in (load_pocket().unet.config.sample_size, 64):
        stage_1 = pocket_at(size)
        for batch in (1, 8):
            table.add_row(str(size), str(batch), *row(Samplers(stage_1, batch), rounds))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
