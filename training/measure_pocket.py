"""Measure a pocket model and write its card.

python -m training.measure_pocket --steps 2000 --hours 1.5    # measured.json and README.md beside the weights
python -m training.measure_pocket --cost-only                  # time and memory again, on a machine without other work
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from diffusers import IFPipeline

from helpers.clip import CANDIDATES, Clip, load_clip, ranks_of
from helpers.denoisers.pocket import POCKET_FOLDER, known_words, load_pocket
from training.captions import load_subjects
from training.config import CONFIG_FILE, ROOT, load_config
from training.measuring.card import write_card
from training.measuring.copying import measure_copying
from training.measuring.denoising import load_photos, measure_denoising, own_kind
from training.measuring.illusions import measure_illusions
from training.measuring.prompts import measure_prompts
from training.pictures import Pictures


def describe_run(stage_1: IFPipeline, config_file: Path, steps: int, hours: float) -> dict[str, Any]:
    """The facts of the run that the card states."""
    config = load_config(config_file)
    parts = (stage_1.unet, stage_1.text_encoder)
    millions = [f"{sum(p.numel() for p in part.parameters()) / 1e6:.2f} million" for part in parts]
    return {
        **{name: value for name, value in asdict(config).items() if name not in ("unet", "text", "threads")},
        "unet_parameters": millions[0],
        "text_parameters": millions[1],
        "words": len(known_words(stage_1)),
        "subjects": len(load_subjects()["subjects"]),
        "print_percent": round(100 * config.print_share),
        "face_percent": round(100 * config.face_share),
        "steps": steps,
        "hours": hours,
    }


def measure_cost() -> dict[str, Any]:
    """Time and memory of the shipped model: the benchmark's own numbers."""
    command = [sys.executable, str(ROOT / "benchmarks" / "pocket_cost.py"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(stage_1: IFPipeline, judge: Clip, pictures: Pictures, data: Path) -> dict[str, Any]:
    """All measurements that need the model, the judge and the data folder, as plain numbers."""

    def ranks(seen: torch.Tensor, names: list[str]) -> list[int]:
        return ranks_of(judge, seen, names, CANDIDATES)

    names = [subject["say"][0] for subject in pictures.subjects["subjects"]]
    sets = {
        "photographs (never trained on)": load_photos(data, pictures.size),
        "emoji": own_kind(pictures, [1, 0, 0]),
        "prints": own_kind(pictures, [0, 1, 0]),
        "drawn faces": own_kind(pictures, [0, 0, 1]),
    }
    return {
        "denoising": {kind: measure_denoising(stage_1, each) for kind, each in sets.items()},
        "prompts": measure_prompts(stage_1, names, ranks),
        "copying": measure_copying(stage_1, pictures),
        "illusions": measure_illusions(stage_1, ranks),
    }


def main(
    steps: Annotated[int, typer.Option(help="optimizer steps of the run, for the card")] = 0,
    hours: Annotated[float, typer.Option(help="hours of training, for the card")] = 0.0,
    cost_only: Annotated[bool, typer.Option("--cost-only", help="measure time and memory anew, keep the rest")] = False,
    data: Annotated[Path, typer.Option(envvar="COURSE_DATA")] = ROOT.parent / "shared" / "data",
    folder: Path = POCKET_FOLDER,
    config: Path = CONFIG_FILE,
) -> None:
    """Measure the model in FOLDER, and write measured.json and the card beside it."""
    results = folder / "measured.json"
    if cost_only:
        measured = json.loads(results.read_text(encoding="utf-8"))
    else:
        stage_1 = load_pocket(folder)
        pictures = Pictures(data, load_subjects(), stage_1.unet.config.sample_size, 0.5, 0.1)
        run = describe_run(stage_1, config, steps, hours)
        measured = {"run": run, **measure(stage_1, load_clip("judge"), pictures, data)}
    measured["cost"] = measure_cost()
    results.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    write_card(folder, measured)
    typer.echo(json.dumps(measured, indent=2))


if __name__ == "__main__":
    typer.run(main)
