"""The settings of a pocket CLIP's training run, read from yaml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

CLIP_CONFIG_FILE = Path(__file__).with_name("clip.yaml")


@dataclass(frozen=True)
class ClipConfig:
    """All settings of a run; clip.yaml says what each means."""

    name: str
    seed: int
    held_out: str | None
    spoil: dict[str, float]
    image_size: int
    batch_size: int
    print_share: float
    face_share: float
    learning_rate: float
    warmup_steps: int
    max_steps: int
    decay_steps: int
    weight_decay: float
    ema_decay: float
    mixed_precision: str
    threads: int
    log_every: int
    save_every: int
    projection_dim: int
    vision: dict[str, Any]
    text: dict[str, Any]


def load_clip_config(name: str, path: Path = CLIP_CONFIG_FILE) -> ClipConfig:
    """Read the settings of the model `name`; an unknown model is a ValueError, an unknown setting a TypeError."""
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    models = settings.pop("models")
    if name not in models:
        raise ValueError(f"{path.name} has no model {name!r}; expected one of {', '.join(models)}.")
    return ClipConfig(name=name, **settings, **models[name])


def tiny_clip(config: ClipConfig) -> ClipConfig:
    """The same settings with a model and a run small enough for a test."""
    return replace(
        config,
        image_size=16,
        batch_size=16,
        max_steps=20,
        decay_steps=5,
        warmup_steps=2,
        mixed_precision="no",
        log_every=5,
        save_every=5,
        threads=1,
        projection_dim=16,
        vision={
            **config.vision,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
        },
        text={
            **config.text,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
        },
    )
