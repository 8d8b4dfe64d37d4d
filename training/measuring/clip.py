"""The pocket CLIPs: how often each names a drawing right, clean, noised and as guidance shows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import IFPipeline

from helpers.clip import CANDIDATES, OURS, Clip, load_clip, ranks_of
from helpers.denoisers.pocket import load_pocket
from helpers.weights import folder_of
from training.clip import ClipConfig
from training.clip_data import SubjectPictures, clip_subjects
from training.clip_spoil import blur, recolour, spoil, warp
from training.config import ROOT, load_config
from training.measuring.record import Answers, Measurement

TEMPLATE = ROOT / "training" / "clip_card.md"
NEUTRAL = "a high quality photo"
FRESH = 10**9  # seeds of the measurement, far from the steps of any run

Change = Callable[[torch.Tensor], torch.Tensor]

ROLES = {
    "judge": "It measures only: it tells what the pictures of other models show, and never guides one.",
    "pocket": "It guides sampling and recognises what pictures and their views show. It never measures what it guided.",
}


def candidate_subjects() -> dict[str, Any]:
    """The subjects of the 100 candidates, in their order, with all six styles."""
    subjects = clip_subjects()
    by_name = {subject["say"][0]: subject for subject in subjects["subjects"]}
    return {**subjects, "subjects": [by_name[name] for name in CANDIDATES]}


def noised_to(t: int, stage_1: IFPipeline) -> Change:
    """The forward process to time t, noise from a fixed seed."""
    alpha_bar_t = stage_1.scheduler.alphas_cumprod[t]

    def change(x_0: torch.Tensor) -> torch.Tensor:
        eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(t))
        return alpha_bar_t.sqrt() * x_0 + (1 - alpha_bar_t).sqrt() * eps

    return change


def one_step_from(t: int, stage_1: IFPipeline) -> Change:
    """The pocket model's prediction of x_0 from time t, not told what the picture shows: soft, as in guidance."""
    alpha_bar_t = stage_1.scheduler.alphas_cumprod[t]
    embeds = stage_1.encode_prompt(NEUTRAL, do_classifier_free_guidance=False)[0]

    def change(x_0: torch.Tensor) -> torch.Tensor:
        x_t = noised_to(t, stage_1)(x_0)
        with torch.no_grad():
            eps_pred = torch.cat(
                [
                    stage_1.unet(each, t, encoder_hidden_states=embeds.expand(len(each), -1, -1), return_dict=False)[0]
                    for each in x_t.split(25)
                ]
            )[:, :3]
        return ((x_t - (1 - alpha_bar_t).sqrt() * eps_pred) / alpha_bar_t.sqrt()).clamp(-1, 1)

    return change


def changes(stage_1: IFPipeline) -> dict[str, tuple[int, Change]]:
    """What is done to a picture before it is named: {description: (pixels, change)}."""
    small = stage_1.unet.config.sample_size
    table: dict[str, tuple[int, Change]] = {
        "clean, 64 px": (64, lambda x_0: x_0),
        f"clean, {small} px": (small, lambda x_0: x_0),
        f"blurred, sigma 1.5 of {small} px": (small, lambda x_0: blur(x_0, np.full(len(x_0), 1.5))),
    }
    for t in (250, 500):
        table[f"x_t at t = {t}, {small} px"] = (small, noised_to(t, stage_1))
    for t in (250, 500, 700):
        table[f"one-step prediction from t = {t}, {small} px"] = (small, one_step_from(t, stage_1))
    return table


def shares(clip: Clip, pictures: torch.Tensor) -> dict[str, float]:
    """Top-1 and top-5 among the candidates for one picture of each candidate, in their order."""
    ranks = np.array(ranks_of(clip, pictures, CANDIDATES))
    return {"top1": float((ranks == 1).mean()), "top5": float((ranks <= 5).mean())}


def questions(clip: Clip, stage_1: IFPipeline, data: Path, held_out: str | None, how: dict) -> Answers:
    """Return what is to be measured: by change, for the style held out and as mean over the styles trained on."""
    artwork = SubjectPictures(data, candidate_subjects())

    def about(shown: Callable[[str], torch.Tensor]) -> dict[str, Any]:
        rows = {style: shares(clip, shown(style)) for style in artwork.styles}
        trained = _mean([row for style, row in rows.items() if style != held_out])
        return {"by_style": rows, "trained": trained} | ({"held_out": rows[held_out]} if held_out else {})

    ways = {
        name: lambda style, size=size, change=change: change(artwork.plain(style, size))
        for name, (size, change) in changes(stage_1).items()
    }
    ways["placed, coloured, blurred and noised as in training, with new random numbers, 48 px"] = partial(
        _as_in_training, artwork, how
    )
    return {("recognition", name): partial(about, shown) for name, shown in ways.items()}


def _as_in_training(artwork: SubjectPictures, how: dict, style: str) -> torch.Tensor:
    rng = np.random.default_rng([FRESH, artwork.styles.index(style)])
    layers = warp(recolour(artwork.layers[style], how, rng), 48, how, rng)
    return spoil((layers[:, :3] + 1 - layers[:, 3:]).clamp(0, 1) * 2 - 1, how, rng)


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(float(np.mean([row[key] for row in rows])), 3) for key in rows[0]}


def card_table(measured: dict[str, Any]) -> str:
    """The lines of the card's table."""
    lines = []
    for name, row in measured["recognition"].items():
        cells = [row[kind] for kind in ("held_out", "trained") if kind in row]
        lines.append(f"| {name} | " + " | ".join(f"{c['top1']:.0%} | {c['top5']:.0%}" for c in cells) + " |")
    return "\n".join(lines)


def fill(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the card."""
    run = measured["run"]
    held = run["held_out"]
    head = "| pictures | held out: top-1 | top-5 | trained styles: top-1 | top-5 |\n|---|---|---|---|---|\n"
    plain = "| pictures | top-1 | top-5 |\n|---|---|---|\n"
    return {
        **run,
        "folder": OURS[run["name"]],
        "role": ROLES[run["name"]],
        "styles": f"five of the six styles; `{held}` was held out, with the words for it" if held else "all six styles",
        "held_out_said": HELD_OUT.format(held=held) if held else NOT_HELD_OUT,
        "recognition": (head if held else plain) + card_table(measured),
    }


HELD_OUT = (
    "No emoji in the style `{held}` was in the training: that column says how well the model names drawings by a hand "
    "that it has never seen. Training on that style too would make a better judge; it stays held out, because only so "
    "the numbers say what they seem to say."
)
NOT_HELD_OUT = (
    "All of these drawings were in the training, in other sizes, places and colours. How the same training does on a "
    "style that it has never seen stands on the card of the judge."
)


def measure_clip(name: str, data: Path) -> Measurement:
    """Return the measurement of a shipped CLIP, "judge" or "pocket"."""
    config = load_config(ClipConfig, ROOT / "training" / "clip.yaml", f"clip_{name}")
    clip = load_clip(name, device="cpu")
    millions = [
        sum(p.numel() for p in part.parameters()) / 1e6 for part in (clip.model.vision_model, clip.model.text_model)
    ]
    settings = ("seed", "held_out", "batch_size", "learning_rate", "warmup_steps", "decay_steps", "image_size", "note")
    run = {setting: getattr(config, setting) for setting in settings} | {
        "name": name,
        "words": len(clip.words),
        "subjects": len(clip_subjects()["subjects"]),
        "vision_parameters": f"{millions[0]:.2f} million",
        "text_parameters": f"{millions[1]:.2f} million",
        "print_percent": round(100 * config.print_share),
        "face_percent": round(100 * config.face_share),
    }
    facts = {("run", key): value for key, value in run.items()}
    asked = questions(clip, load_pocket(), data, config.held_out, config.spoil)
    return Measurement(folder_of(OURS[name]), facts, asked, TEMPLATE, fill)
