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

from training.captions import load_subjects
from training.config import Config, load_config
from training.pictures import Pictures
from training.pocket import ROOT, Run
from training.stand_in import write_stand_in

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


def open_run(setting: Setting, config: Config, pictures: Pictures) -> Run:
    """A fresh run; its precision is chosen around each step, since accelerate has one precision a process."""
    run = Run(replace(config, channels_last=setting.channels_last), pictures, Path("unused"))
    if setting.fused_attention:
        run.unet.set_attn_processor(AttnProcessor2_0())
    return run


def pictures_a_second(run: Run, setting: Setting, steps: int = STEPS) -> float:
    """Speed over some steps."""
    started = time.perf_counter()
    with torch.autocast(run.accelerator.device.type, torch.bfloat16, enabled=setting.bfloat16):
        for _ in range(steps):
            run.train_step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return steps * run.config.batch_size / (time.perf_counter() - started)


def measure(config: Config, data: Path) -> dict[str, float]:
    """Median pictures a second of each setting, taking turns."""
    pictures = Pictures(data, load_subjects(), config.image_size, config.print_share, config.face_share)
    runs = {name: open_run(setting, config, pictures) for name, setting in SETTINGS.items()}
    for name, run in runs.items():
        pictures_a_second(run, SETTINGS[name], steps=1)  # the first step allocates
    speeds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            speeds[name].append(pictures_a_second(run, SETTINGS[name]))
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
        data = write_stand_in(Path(folder), load_subjects())
        for name in ("pocket.yaml", "pocket_64.yaml"):
            config = load_config(ROOT / "training" / name)
            config = replace(
                config, start_from=None, mixed_precision="no", compile=False,
                threads=threads, batch_size=batch or config.batch_size,
            )  # fmt: skip
            columns.append(measure(config, data))
            table.add_column(f"{name}, batch {config.batch_size}", justify="right")
    for setting in columns[0]:
        table.add_row(setting, *(f"{column[setting]:.1f}" for column in columns))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
