"""Measure a pocket model and write its card: denoising beside a Gaussian blur, prompts, time.

python -m training.measure_pocket --steps 2000 --hours 1.5    # writes measured.json and README.md beside the weights
"""

from __future__ import annotations

import json
import platform
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from diffusers import IFPipeline
from PIL import Image
from torchvision.transforms.functional import gaussian_blur

from helpers.checks.pictures import psnr_of
from helpers.denoisers.pocket import POCKET_FOLDER, known_words, load_pocket
from helpers.sampling import one_step_denoise
from helpers.schedules import strided
from training.captions import load_subjects
from training.config import load_config
from training.export import write_checksums
from training.pictures import Pictures
from training.pocket import ROOT
from training.samples import sample_pictures

TIMES = (100, 250, 500)
SEEDS = 3  # noises for each picture
PROMPT_SEEDS = 2  # samples for each prompt
SIGMAS = np.geomspace(0.3, 4.0, 16)
CARD = Path(__file__).with_name("pocket_card.md")


def load_photos(folder: Path, size: int) -> dict[str, torch.Tensor]:
    """Read the photographs, never trained on, as (1, 3, size, size) in [-1, 1]."""
    photos = {}
    for path in sorted((folder / "photos").glob("*.png")):
        image = Image.open(path).convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
        photos[path.stem] = torch.from_numpy(np.array(image, dtype=np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
    return photos


def best_blur(x_t: torch.Tensor, x_0: torch.Tensor, alpha_bar_t: float) -> float:
    """PSNR of the best Gaussian blur of x_t / sqrt(alpha-bar_t); the best sigma is found with x_0 in sight."""
    scaled = x_t / alpha_bar_t**0.5
    blurred = [gaussian_blur(scaled, [2 * round(3 * s) + 1] * 2, [float(s)] * 2).clamp(-1, 1) for s in SIGMAS]
    return max(psnr_of(each, x_0) for each in [scaled.clamp(-1, 1), *blurred])


@torch.no_grad()
def iterative(stage_1: IFPipeline, x_t: torch.Tensor, t: int, prompt_embeds: torch.Tensor) -> torch.Tensor:
    """Denoise from time t down to 0 with the scheduler's own step, stride 30."""
    generator = torch.Generator().manual_seed(0)
    kept = [t, *(each for each in strided() if each < t)]
    stage_1.scheduler.set_timesteps(timesteps=kept)
    for each in kept:
        output = stage_1.unet(x_t, each, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        x_t = stage_1.scheduler.step(output, each, x_t, generator=generator).prev_sample
    return x_t.clamp(-1, 1)


def measure_denoising(stage_1: IFPipeline, pictures: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Mean PSNR by time, over pictures and seeds: one step, best blur, iterative (one seed)."""
    neutral = stage_1.encode_prompt("a high quality photo", do_classifier_free_guidance=False)[0].detach()
    table = {}
    for t in TIMES:
        alpha_bar_t = float(stage_1.scheduler.alphas_cumprod[t])
        rows = []
        for x_0 in pictures.values():
            generator = torch.Generator().manual_seed(t)
            eps = torch.randn((SEEDS, *x_0.shape[1:]), generator=generator)
            x_t = alpha_bar_t**0.5 * x_0 + (1 - alpha_bar_t) ** 0.5 * eps
            predicted = one_step_denoise(x_t, t, neutral, stage_1).clamp(-1, 1)
            steps = [psnr_of(x, x_0[0]) for x in predicted]
            blurs = [best_blur(x[None], x_0, alpha_bar_t) for x in x_t]
            rows.append([np.mean(steps), np.mean(blurs), psnr_of(iterative(stage_1, x_t[:1], t, neutral), x_0)])
        means, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
        names = ("one_step", "best_blur", "iterative")
        table[str(t)] = {n: round(float(m), 2) for n, m in zip(names, means, strict=True)}
        table[str(t)]["one_step_std_over_pictures"] = round(float(spread[0]), 2)
        table[str(t)]["pictures_where_one_step_wins"] = int(sum(row[0] > row[1] for row in rows))
    return table


def own_kind(pictures: Pictures, share: float) -> dict[str, torch.Tensor]:
    """Ten pictures as they are trained on, with a random source that training never used."""
    pictures.print_share = share
    batch = pictures.batch(10, 0.0, np.random.default_rng([pictures.size, int(share)]))
    return {str(i): x[None] for i, x in enumerate(batch.x_0)}


def measure_prompts(stage_1: IFPipeline, pictures: Pictures, scale: float) -> dict[str, Any]:
    """How often the training picture nearest to a sample shows the prompted subject; squared distance, small shifts."""
    subjects = [subject["say"][0] for subject in pictures.subjects["subjects"]]
    bank = torch.cat([pictures.emoji[style] for style in pictures.styles])  # (styles * subjects, 4, 64, 64)
    bank = torch.nn.functional.adaptive_avg_pool2d(bank[:, :3] + 1 - bank[:, 3:], pictures.size)
    bank = torch.cat([bank.roll((dy, dx), (2, 3)) for dy in (-2, 0, 2) for dx in (-2, 0, 2)])
    right = np.zeros((len(subjects), PROMPT_SEEDS))
    for seed in range(PROMPT_SEEDS):
        samples = sample_pictures(stage_1, subjects, scale, seed=seed)
        nearest = torch.cdist(samples.flatten(1), bank.flatten(1)).argmin(dim=1) % len(subjects)
        right[:, seed] = (nearest == torch.arange(len(subjects))).numpy()
    return {
        "right": round(float(right.mean()), 3),
        "std_over_seeds": round(float(right.mean(axis=0).std()), 3),
        "by_subject": {name: round(float(r), 1) for name, r in zip(subjects, right.mean(axis=1), strict=True)},
    }


def measure_time(stage_1: IFPipeline) -> dict[str, Any]:
    """Median milliseconds of a U-Net call at batch 1 and 8, and of a guided sample of 33 steps, on two threads."""
    torch.set_num_threads(2)
    size = stage_1.unet.config.sample_size
    embeds = stage_1.encode_prompt("a rocket", do_classifier_free_guidance=False)[0].detach()
    result = {"processor": platform.processor() or platform.machine(), "threads": torch.get_num_threads()}
    for batch in (1, 8):
        x_t, prompt = torch.randn(batch, 3, size, size), embeds.expand(batch, -1, -1)
        call = partial(one_step_denoise, x_t, 500, prompt, stage_1)
        result[f"unet_call_batch_{batch}_ms"] = _median_ms(call, 15)
    sample = _median_ms(lambda: sample_pictures(stage_1, ["a rocket"], 7.0), 3)
    return {**result, "guided_sample_33_steps_ms": sample}


def _median_ms(call: Any, repeats: int) -> float:
    call()  # the first call allocates
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return round(1000 * float(np.median(times)), 1)


def write_card(folder: Path, measured: dict[str, Any]) -> None:
    """Fill the card's template with the measured numbers."""
    rows = []
    for kind, table in measured["denoising"].items():
        for t, row in table.items():
            numbers = f"{row['one_step']:.1f} | {row['best_blur']:.1f} | {row['iterative']:.1f}"
            rows.append(f"| {kind} | {t} | {numbers} | {row['pictures_where_one_step_wins']} of 10 |")
    prompts = [
        f"| {scale} | {100 * row['right']:.0f} % | {100 * row['std_over_seeds']:.0f} % |"
        for scale, row in measured["prompts"].items()
    ]
    weak = [name for name, right in measured["prompts"]["7.0"]["by_subject"].items() if right < 0.6]
    text = CARD.read_text(encoding="utf-8").format(
        denoising="\n".join(rows), prompts="\n".join(prompts), weak=", ".join(weak) or "none", **measured["run"],
        **measured["time"],
    )  # fmt: skip
    (folder / "README.md").write_text(text, encoding="utf-8")


def measure(data: Path, folder: Path) -> dict[str, Any]:
    """All measurements of a model folder, as plain numbers."""
    stage_1 = load_pocket(folder)
    size = stage_1.unet.config.sample_size
    pictures = Pictures(data, load_subjects(), size, 1.0, 0.0)
    sets = {
        "photographs (never trained on)": load_photos(data, size),
        "emoji": own_kind(pictures, 0.0),
        "prints": own_kind(pictures, 1.0),
    }
    return {
        "time": measure_time(stage_1),
        "denoising": {kind: measure_denoising(stage_1, each) for kind, each in sets.items()},
        "prompts": {str(scale): measure_prompts(stage_1, pictures, scale) for scale in (3.0, 7.0)},
    }


def describe_run(stage_1: IFPipeline, steps: int, hours: float) -> dict[str, Any]:
    """The facts of the run that the card states."""
    config = load_config()
    parts = (stage_1.unet, stage_1.text_encoder)
    millions = [f"{sum(p.numel() for p in part.parameters()) / 1e6:.2f} million" for part in parts]
    return {
        **{name: value for name, value in asdict(config).items() if name not in ("unet", "text", "threads")},
        "unet_parameters": millions[0],
        "text_parameters": millions[1],
        "words": len(known_words(stage_1)),
        "print_percent": round(100 * config.print_share),
        "steps": steps,
        "hours": hours,
    }


def main(
    steps: Annotated[int, typer.Option(help="optimizer steps of the run, for the card")],
    hours: Annotated[float, typer.Option(help="hours of training, for the card")],
    data: Annotated[Path, typer.Option(envvar="COURSE_DATA")] = ROOT.parent / "shared" / "data",
    folder: Path = POCKET_FOLDER,
) -> None:
    """Measure the model in FOLDER, and write measured.json and the card beside it."""
    measured = {"run": describe_run(load_pocket(folder), steps, hours), **measure(data, folder)}
    (folder / "measured.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    write_card(folder, measured)
    write_checksums(folder)
    typer.echo(json.dumps(measured, indent=2))


if __name__ == "__main__":
    typer.run(main)
