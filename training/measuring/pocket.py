"""The pocket model: what it draws, denoises, copies and costs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers import IFPipeline

from helpers.clip import CANDIDATES, Clip, load_clip, ranks_of
from helpers.denoisers.pocket import known_words, load_pocket
from helpers.weights import SHIPPED
from training.captions import load_subjects
from training.config import ROOT, load_config
from training.measuring.copying import measure_copying
from training.measuring.denoising import load_photos, measure_denoising, own_kind
from training.measuring.illusions import measure_illusions
from training.measuring.prompts import measure_prompts
from training.measuring.record import Answers, Measurement
from training.pictures import Pictures
from training.pocket import PocketConfig

TEMPLATE = ROOT / "training" / "pocket_card.md"
WEAK_BELOW = 0.5  # share of samples at scale 7 whose subject is among the classifier's first five


def describe_run(stage_1: IFPipeline, config: PocketConfig) -> dict[str, Any]:
    """Return the facts of the run that the card states."""
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
    }


def measure_cost() -> dict[str, Any]:
    """Time and memory of the shipped model: the benchmark's own numbers."""
    command = [sys.executable, str(ROOT / "benchmarks" / "pocket_cost.py"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def questions(stage_1: IFPipeline, judge: Clip, pictures: Pictures, data: Path) -> Answers:
    """Return what is to be measured of a model, with the judge and the data folder."""

    def ranks(seen: torch.Tensor, names: list[str]) -> list[int]:
        return ranks_of(judge, seen, names, CANDIDATES)

    names = [subject["say"][0] for subject in pictures.subjects["subjects"]]
    sets = {
        "photographs (never trained on)": partial(load_photos, data, pictures.size),
        "emoji": partial(own_kind, pictures, [1, 0, 0]),
        "prints": partial(own_kind, pictures, [0, 1, 0]),
        "drawn faces": partial(own_kind, pictures, [0, 0, 1]),
    }
    asked: Answers = {
        ("denoising", kind): lambda load=load: measure_denoising(stage_1, load()) for kind, load in sets.items()
    }
    return asked | {
        ("prompts",): lambda: measure_prompts(stage_1, names, ranks),
        ("copying",): lambda: measure_copying(stage_1, pictures),
        ("illusions",): lambda: measure_illusions(stage_1, ranks),
        ("cost",): measure_cost,
    }


def measure_pocket(name: str, data: Path) -> Measurement:
    """Return the measurement of the shipped model, which the job `name` has made."""
    config = load_config(PocketConfig, Path(__file__).parents[1] / f"{name}.yaml")
    stage_1 = load_pocket()
    pictures = Pictures(data, load_subjects(), stage_1.unet.config.sample_size, 0.5, 0.1)
    facts = {("run", key): value for key, value in describe_run(stage_1, config).items()}
    asked = questions(stage_1, load_clip("judge"), pictures, data)
    return Measurement(SHIPPED / "pocket", facts, asked, TEMPLATE, fill)


def fill(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the card."""
    by_subject = measured["prompts"]["7.0"]["top5_by_subject"]
    weak = sorted((share, name) for name, share in by_subject.items() if share < WEAK_BELOW)
    return {
        **measured["run"],
        **{name: "\n".join(rows(measured)) for name, rows in TABLES.items()},
        "weak": ", ".join(f"{name} ({share:.0%})" for share, name in weak) or "none",
        "processor": measured["cost"]["processor"],
        "threads": measured["cost"]["threads"],
        "closer": f"{measured['copying']['samples_closer_than_nine_of_ten_augmented']:.0%}",
    }


def denoising_rows(measured: dict[str, Any]) -> list[str]:
    """Kind of picture, t, one step, best blur, iterative, how often one step wins."""
    return [
        f"| {kind} | {t} | {row['one_step']:.1f} | {row['best_blur']:.1f} | {row['iterative']:.1f} "
        f"| {row['pictures_where_one_step_wins']} of 10 |"
        for kind, table in measured["denoising"].items()
        for t, row in table.items()
    ]


def prompt_rows(measured: dict[str, Any]) -> list[str]:
    """Guidance scale, top-1, top-5, each with its spread over seeds, diversity."""
    return [
        f"| {float(scale):g} | {row['top1']:.0%} ± {row['top1_std_over_seeds']:.0%} "
        f"| {row['top5']:.0%} ± {row['top5_std_over_seeds']:.0%} | {row['diversity']:.3f} |"
        for scale, row in measured["prompts"].items()
    ]


def copying_rows(measured: dict[str, Any]) -> list[str]:
    """What is compared with its nearest training picture, and three quantiles of the distance."""
    names = {
        "augmented": "training pictures, moved and resized afresh",
        "samples": "samples at scale 5",
        "styles": "a subject in one style, against its other five",
    }
    return [
        "| {} | {:.3f} | {:.3f} | {:.3f} |".format(name, *measured["copying"][key].values())
        for key, name in names.items()
    ]


def illusion_rows(measured: dict[str, Any]) -> list[str]:
    """Kind, first view, second view, both."""
    return [
        f"| {kind} | {row['first_view']:.0%} | {row['second_view']:.0%} "
        f"| {row['both']:.0%} ± {row['both_std_over_seeds']:.0%} |"
        for kind, row in measured["illusions"].items()
    ]


def cost_rows(measured: dict[str, Any]) -> list[str]:
    """Batch size, time of a call and of a guided step, time and memory of a sample, ours and in bare diffusers."""
    return [
        f"| {row['batch']} | {row['unet_call_ms']} ms | {row['guided_step_ms']} ms | {row['sample_ours_s']} s "
        f"| {row['sample_diffusers_s']} s | {row['peak_ours_mb']} MB | {row['peak_diffusers_mb']} MB |"
        for row in measured["cost"]["rows"]
    ]


TABLES = {
    "denoising": denoising_rows,
    "prompts": prompt_rows,
    "copying": copying_rows,
    "illusions": illusion_rows,
    "cost": cost_rows,
}
