"""Grids of samples: what the model draws for the prompts of the course. A sheet: python -m training.samples"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import typer
from diffusers import IFPipeline
from PIL import Image, ImageDraw

from helpers.denoisers.pocket import POCKET_FOLDER, load_pocket
from training.captions import load_subjects

COLUMNS = 12
PROMPTS = [
    "a rocket ship", "a skull", "mount fuji", "cherry blossoms", "a volcano", "a peacock", "an elephant", "an old man",
    "a campfire", "a dog", "a pencil", "a man wearing a hat", "a forest", "a wave", "a castle", 
    "a snowy mountain village",
    "an oil painting of an old man", "a photo of a dog", "a lithograph of a skull", "a lithograph of waterfalls",
    "a woodblock print", "a woodblock print of mount fuji", "a high quality photo", "",
]  # fmt: skip


def to_image(picture: torch.Tensor, scale: int = 3) -> Image.Image:
    """Turn a picture (3, H, W) in [0, 1] into an image, each pixel drawn `scale` pixels wide."""
    array = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return Image.fromarray(array).resize((array.shape[1] * scale, array.shape[0] * scale), Image.Resampling.NEAREST)


def sample_pictures(
    pipeline: IFPipeline, prompts: list[str], guidance_scale: float, seed: int = 0, steps: int = 34
) -> torch.Tensor:
    """Sample one picture a prompt through the pipeline itself; (len(prompts), 3, H, W) in [0, 1]."""
    pictures = pipeline(
        prompt=prompts,
        guidance_scale=guidance_scale,
        num_inference_steps=steps,
        generator=torch.Generator().manual_seed(seed),
        output_type="pt",
        clean_caption=False,
    ).images
    return (pictures.float() / 2 + 0.5).clamp(0, 1)


def sample_grid(pipeline: IFPipeline, scales: tuple[float, ...] = (5.0,), steps: int = 34) -> Image.Image:
    """One row a guidance scale, one column a prompt of PROMPTS."""
    rows = [list(sample_pictures(pipeline, PROMPTS, scale, steps=steps)) for scale in scales]
    return sheet(rows, [PROMPTS] * len(rows))


def contact_sheet(pipeline: IFPipeline, subjects: dict[str, Any], scale: float, seeds: tuple[int, ...]) -> Image.Image:
    """Every subject, twelve to a row, once a seed; then every style of six subjects."""
    plain = [subject["say"][0] for subject in subjects["subjects"]]
    styled = [f"{wordings[0]} {subject}" for wordings in subjects["styles"].values() for subject in plain[:6]]
    pictures: list[torch.Tensor] = []
    prompts: list[str] = []
    for seed in seeds:
        pictures, prompts = [*pictures, *sample_pictures(pipeline, plain, scale, seed)], [*prompts, *plain]
    pictures, prompts = [*pictures, *sample_pictures(pipeline, styled, scale)], [*prompts, *styled]
    cut = range(0, len(pictures), COLUMNS)
    return sheet([pictures[i : i + COLUMNS] for i in cut], [prompts[i : i + COLUMNS] for i in cut])


def sheet(rows: list[list[torch.Tensor]], prompts: list[list[str]]) -> Image.Image:
    """Put pictures into a grid with the end of each prompt below."""
    images = [[to_image(picture) for picture in row] for row in rows]
    side, line = images[0][0].width + 4, images[0][0].width + 16
    page = Image.new("RGB", (side * max(map(len, rows)), line * len(rows)), "white")
    draw = ImageDraw.Draw(page)
    for r, row in enumerate(images):
        for c, image in enumerate(row):
            page.paste(image, (c * side, r * line))
            draw.text((c * side, r * line + side - 3), prompts[r][c][-17:], fill="black")
    return page


def main(folder: Path = POCKET_FOLDER, out: Path = Path("build/training/pocket/contact_sheet.png")) -> None:
    """Write a contact sheet of the model in FOLDER."""
    out.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(load_pocket(folder), load_subjects(), scale=5.0, seeds=(0, 1)).save(out)
    typer.echo(f"written: {out}")


if __name__ == "__main__":
    typer.run(main)
