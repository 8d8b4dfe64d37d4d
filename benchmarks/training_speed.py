"""How many pictures a second the pocket models train on, on this machine's CPU or GPU.

    python benchmarks/training_speed.py

The peer of each setting is the plainest one, float32 without channels_last and with torch's fused attention; all take
turns in one run, on pictures drawn in code.
"""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NamedTuple

import torch
import typer
from diffusers.models.attention_processor import AttnProcessor2_0
from rich.console import Console
from rich.table import Table

from training.clip_data import clip_subjects
from training.config import ROOT, load_config
from training.pocket import PocketConfig, PocketJob
from training.stand_in import write_stand_in
from training.trainer import Trainer

ROUNDS = 3
STEPS = 4  # a round


class Setting(NamedTuple):
    """One way to compute the same training step."""

    bfloat16: bool = False
    channels_last: bool = False
    fused_attention: bool = False


SETTINGS = {
    "float32, fused attention": Setting(fused_attention=True),
    "float32": Setting(),
    "bfloat16": Setting(bfloat16=True),
    "bfloat16, channels_last": Setting(bfloat16=True, channels_last=True),
}


def open_run(setting: Setting, config: PocketConfig, data: Path) -> Trainer:
    """Return a fresh run."""
    precision = "bf16" if setting.bfloat16 else "no"
    run = Trainer(
        PocketJob(replace(config, channels_last=setting.channels_last, mixed_precision=precision), data), Path("unused")
    )
    if setting.fused_attention:
        run.job.network.unet.set_attn_processor(AttnProcessor2_0())
    return run


def pictures_a_second(run: Trainer, steps: int = STEPS) -> float:
    """Return the speed over some steps."""
    started = time.perf_counter()
    for _ in range(steps):
        run.train_step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return steps * run.config.batch_size / (time.perf_counter() - started)


def measure(config: PocketConfig, data: Path) -> dict[str, float]:
    """Return the median pictures a second of each setting, taking turns."""
    runs = {name: open_run(setting, config, data) for name, setting in SETTINGS.items()}
    for run in runs.values():
        pictures_a_second(run, steps=1)  # the first step reads the pictures and allocates
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            speeds[name].append(pictures_a_second(run))
    return {name: statistics.median(each) for name, each in speeds.items()}


def main(
    threads: Annotated[int, typer.Option(help="threads on a CPU")] = 2,
    batch: Annotated[int, typer.Option(help="batch size; 0 = that of each configuration")] = 0,
) -> None:
    """Measure both models and print a table."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {threads} threads"
    table = Table("setting", title=f"pictures a second, {device}")
    columns = []
    with tempfile.TemporaryDirectory() as folder:
        data = write_stand_in(Path(folder), clip_subjects())
        for name in ("pocket.yaml", "pocket_64.yaml"):
            config = load_config(PocketConfig, ROOT / "training" / name)
            config = replace(
                config, start_from=None, compile=False, text={**config.text, "steps": 3},  # untaught, as fast
                threads=threads, batch_size=batch or config.batch_size,
            )  # fmt: skip
            columns.append(measure(config, data))
            table.add_column(f"{name}, batch {config.batch_size}", justify="right")
    for setting in columns[0]:
        table.add_row(setting, *(f"{column[setting]:.1f}" for column in columns))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
