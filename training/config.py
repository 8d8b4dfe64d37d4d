"""The settings of a training run, read from yaml: those of every run, to which each model's module adds its own."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from helpers.cache import cache_folder

ROOT = Path(__file__).resolve().parents[1]
# Settings that may change while a run goes on; what happens before the first step is among them
FREE = ("accumulate", "channels_last", "compile", "decay_steps", "log_every", "max_steps", "mixed_precision", "note",
        "samples_every", "save_every", "save_minutes", "shown_epochs", "start_from", "text", "threads")  # fmt: skip

Settings = TypeVar("Settings", bound="Config")


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of every run.

    name             of the job
    seed             of the first weights, and with the number of a step of all random numbers in it
    start_from       a model whose weights the run begins with; None = weights drawn from the seed
    batch_size       pictures of an optimizer step
    accumulate       parts of a batch, one backward pass each
    learning_rate    of AdamW, at its highest
    betas            of AdamW
    weight_decay     of AdamW; 0 = Adam
    max_grad_norm    a longer gradient is shortened to this; None = none is
    warmup_steps     in which the learning rate rises from 0
    decay_steps      in which it falls to 0 along a straight line, the last ones
    last_rate        it falls to this instead, exponentially, epoch by epoch; None = it does not
    max_steps        of the run; a file `decay` in its folder starts the last decay_steps earlier
    epochs           of the run, in place of max_steps
    shown_epochs     whose weights are kept beside the checkpoint
    ema_decay        of the averaged weights, which are sampled from and exported; None = no average
    mixed_precision  bf16 = where the hardware is fast at it, no = never
    channels_last    layout of the network's weights
    compile          True = torch.compile
    threads          of the CPU
    log_every        steps between two lines of progress
    save_every       steps between two checkpoints ...
    save_minutes     ... and minutes, whichever comes first
    samples_every    steps between two grids of samples; 0 = none
    """

    name: str
    seed: int
    start_from: str | None = None
    batch_size: int
    accumulate: int = 1
    learning_rate: float
    betas: list[float] = field(default_factory=lambda: [0.9, 0.999])
    weight_decay: float
    max_grad_norm: float | None = 1.0
    warmup_steps: int = 0
    decay_steps: int = 0
    last_rate: float | None = None
    max_steps: int = 0
    epochs: int = 0
    shown_epochs: list[int] = field(default_factory=list)
    ema_decay: float | None = None
    mixed_precision: str
    channels_last: bool
    compile: bool = False
    threads: int
    log_every: int
    save_every: int
    save_minutes: float = 15.0
    samples_every: int = 0


def job_names(path: Path) -> list[str]:
    """Return the jobs that a yaml file describes: those under `jobs`, or one that is called like the file."""
    return list(yaml.safe_load(path.read_text(encoding="utf-8")).get("jobs", [path.stem]))


def load_config(kind: type[Settings], path: Path, name: str | None = None) -> Settings:
    """Read the settings of a job.

    kind  the class of its settings
    name  of the job; default: the file's own name
    Raises ValueError for an unknown job, TypeError for an unknown or missing setting, with its name.
    """
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    name = name or path.stem
    jobs = settings.pop("jobs", {name: {}})
    if name not in jobs:
        raise ValueError(f"There is no job {name!r} in {path.name}; expected one of {', '.join(jobs)}.")
    return kind(**{**settings, "name": name, **jobs[name]})


def tiny(config: Settings, **own: Any) -> Settings:
    """Return the same settings for a run small enough for a test: float32, one thread, few steps.

    own  what else is to be smaller, such as the network
    """
    smaller: dict[str, Any] = {"epochs": 1, "shown_epochs": [1]} if config.epochs else {"max_steps": 20}
    if config.decay_steps:
        smaller |= {"warmup_steps": 2, "decay_steps": 5}
    if config.samples_every:
        smaller["samples_every"] = 20
    smaller |= {"start_from": None, "mixed_precision": "no", "compile": False, "threads": 1, "batch_size": 8}
    return replace(config, **{**smaller, "log_every": 5, "save_every": 5, **own})


def changed_settings(before: dict[str, Any], config: Config) -> list[str]:
    """Return the names of the settings in which a checkpoint differs from `config`, the free ones left out."""
    now = asdict(config)
    return [key for key, value in before.items() if key in now and key not in FREE and now[key] != value]


def run_folder(name: str) -> Path:
    """Return where a job's run keeps its checkpoint: in the user's cache, so that every checkout goes on with it."""
    return cache_folder("training") / name
