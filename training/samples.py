"""Grids of samples: what the model draws for the prompts of the course."""

from __future__ import annotations

import torch
from diffusers import IFPipeline
from PIL import Image, ImageDraw

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
    """One row a guidance scale, one column a prompt."""
    rows = [[to_image(p) for p in sample_pictures(pipeline, PROMPTS, scale, steps=steps)] for scale in scales]
    side = rows[0][0].width + 2
    sheet = Image.new("RGB", (side * len(PROMPTS), (side + 12) * len(rows)), "white")
    draw = ImageDraw.Draw(sheet)
    for r, row in enumerate(rows):
        for c, image in enumerate(row):
            sheet.paste(image, (c * side, r * (side + 12)))
            draw.text((c * side, r * (side + 12) + side - 3), PROMPTS[c][-17:], fill="black")
    return sheet
