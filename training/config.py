"""The settings of a training run, read from yaml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
CONFIG_FILE = Path(__file__).with_name("pocket.yaml")


@dataclass(frozen=True)
class Config:
    """All settings of a run; pocket.yaml says what each means."""

    seed: int
    image_size: int
    emoji_pixels: int
    batch_size: int
    start_from: str | None
    subject_files: list[str]
    rare_share: float
    print_share: float
    face_share: float
    photo_share: float
    p_uncond: float
    learning_rate: float
    warmup_steps: int
    max_steps: int
    decay_steps: int
    weight_decay: float
    min_snr_gamma: float
    largest_weight: float
    ema_decay: float
    mixed_precision: str
    channels_last: bool
    compile: bool
    threads: int
    log_every: int
    save_every: int
    samples_every: int
    unet: dict[str, Any]
    text: dict[str, Any]


def load_config(path: Path = CONFIG_FILE) -> Config:
    """Read a run's settings; an unknown or missing one is a TypeError that names it."""
    return Config(**yaml.safe_load(path.read_text(encoding="utf-8")))


def tiny(config: Config) -> Config:
    """The same settings with a model and a run small enough for a test."""
    return replace(
        config,
        start_from=None,
        compile=False,
        image_size=16,
        emoji_pixels=32,
        batch_size=8,
        max_steps=20,
        decay_steps=5,
        warmup_steps=2,
        mixed_precision="no",
        log_every=5,
        save_every=5,
        samples_every=20,
        threads=1,
        unet={
            **config.unet,
            "block_out_channels": [8, 16, 16],
            "cross_attention": config.unet["cross_attention"][-3:],
            "norm_groups": 4,
            "attention_heads": 2,
        },
        text={**config.text, "d_model": 16, "d_ff": 16, "d_kv": 8, "num_heads": 2, "num_layers": 1, "steps": 3},
    )
