"""What the pocket model costs: time of a U-Net call, time and memory of a guided sample, ours beside bare diffusers.

    python benchmarks/pocket_cost.py            # a table
    python benchmarks/pocket_cost.py --json     # the same as JSON, for the model card

Ours is `helpers.sampling.iterative_denoise_cfg`. The peer is the same loop in bare diffusers: one batched U-Net call
and `DDPMScheduler.step` for each step. Both take turns in one process; memory is the peak of a fresh process each.
"""

import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from helpers.denoisers.pocket import load_pocket
from helpers.sampling import iterative_denoise_cfg
from helpers.schedules import strided

ROUNDS = 5
THREADS = 2
SCALE = 7.0


class Samplers:
    """Ways to draw `batch` rockets, to be timed."""

    def __init__(self, batch: int):
        self.stage_1 = load_pocket()
        embeds, null = self.stage_1.encode_prompt("a rocket")
        self.embeds, self.null = embeds.detach(), null.detach()
        size = self.stage_1.unet.config.sample_size
        self.x_t = torch.randn(batch, 3, size, size)

    @torch.no_grad()
    def call(self) -> None:
        """One call of the U-Net, not guided."""
        embeds = self.embeds.expand(len(self.x_t), -1, -1)
        self.stage_1.unet(self.x_t, 500, encoder_hidden_states=embeds, return_dict=False)

    def ours(self) -> None:
        """33 guided steps with the course's loop."""
        for _ in iterative_denoise_cfg(self.x_t, 0, self.embeds, self.null, strided(), self.stage_1, SCALE):
            pass

    @torch.no_grad()
    def diffusers(self) -> None:
        """33 guided steps with diffusers' scheduler, the last time step left out as the course does."""
        unet, scheduler = self.stage_1.unet, self.stage_1.scheduler
        scheduler.set_timesteps(timesteps=strided())
        batch = len(self.x_t)
        embeds = torch.cat([self.null.expand(batch, -1, -1), self.embeds.expand(batch, -1, -1)])
        x_t = self.x_t
        for t in strided()[:-1]:
            answer = unet(torch.cat([x_t, x_t]), t, encoder_hidden_states=embeds, return_dict=False)[0]
            uncond, cond = answer.chunk(2)
            noise = uncond[:, :3] + SCALE * (cond[:, :3] - uncond[:, :3])
            x_t = scheduler.step(torch.cat([noise, cond[:, 3:]], dim=1), t, x_t).prev_sample


def milliseconds(ways: list[Callable[[], None]]) -> list[float]:
    """Median milliseconds of each way, taking turns."""
    times: list[list[float]] = [[] for _ in ways]
    for way in ways:
        way()  # the first call allocates
    for _ in range(ROUNDS):
        for way, taken in zip(ways, times, strict=True):
            started = time.perf_counter()
            way()
            taken.append(1000 * (time.perf_counter() - started))
    return [statistics.median(taken) for taken in times]


def peak_megabytes(batch: int, way: str) -> float:
    """Peak memory of a fresh process that loads the model and does one thing, in MB."""
    command = [sys.executable, __file__, "--peak-of", way, "--batch", str(batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def measure() -> list[dict[str, float]]:
    """One row for each batch size."""
    torch.set_num_threads(THREADS)
    rows = []
    for batch in (1, 8):
        samplers = Samplers(batch)
        call, ours, peer = milliseconds([samplers.call, samplers.ours, samplers.diffusers])
        rows.append(
            {
                "batch": batch,
                "unet_call_ms": round(call, 1),
                "guided_step_ms": round(ours / (len(strided()) - 1), 1),
                "sample_ours_s": round(ours / 1000, 2),
                "sample_diffusers_s": round(peer / 1000, 2),
                "peak_ours_mb": round(peak_megabytes(batch, "ours")),
                "peak_diffusers_mb": round(peak_megabytes(batch, "diffusers")),
            }
        )
    return rows


def main(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON in place of a table")] = False,
    peak_of: Annotated[str, typer.Option(help="used by the benchmark itself: do one thing, print the peak")] = "",
    batch: Annotated[int, typer.Option(help="batch size for --peak-of")] = 1,
) -> None:
    """Measure and print."""
    if peak_of:
        torch.set_num_threads(THREADS)
        getattr(Samplers(batch), peak_of)()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    rows = measure()
    if as_json:
        print(json.dumps({"processor": platform.processor() or platform.machine(), "threads": THREADS, "rows": rows}))
        return
    table = Table(*rows[0], title=f"pocket model, {THREADS} threads, medians of {ROUNDS} turns")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
