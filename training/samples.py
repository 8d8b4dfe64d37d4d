"""Sheets of samples to look at: prompts by guidance scale, styles, interpolations, nearest training pictures.

Draw them again when the weights change: the sheets carry their checksum, and a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import IFPipeline
from PIL import Image, ImageDraw, PngImagePlugin

from helpers.denoisers.pocket import load_pocket
from helpers.weights import CHECKSUMS, SHIPPED, sha256
from training.captions import load_subjects
from training.config import ROOT
from training.measuring.copying import SCALE, Nearest, nearest, training_bank
from training.measuring.drawing import draw, draw_embedded, embed
from training.pictures import Pictures

SHEETS = ROOT / "book" / "_static" / "pocket"
NEAREST = ROOT / "build" / "training" / "pocket" / "nearest.png"
WEIGHTS_KEY = "weights"  # name of the PNG's text entry

COLUMNS = 12
PROMPTS = [  # what a run shows of itself while it trains
    "a rocket ship", "a skull", "mount fuji", "cherry blossoms", "a volcano", "a peacock", "an elephant", "an old man",
    "a campfire", "a dog", "a pencil", "a man wearing a hat", "a forest", "a wave", "a castle",
    "a snowy mountain village",
    "an oil painting of an old man", "a photo of a dog", "a lithograph of a skull", "a lithograph of waterfalls",
    "a woodblock print", "a woodblock print of mount fuji", "a high quality photo", "",
]  # fmt: skip
SHEET_PROMPTS = 60
SHEET_SCALES = (1.0, 3.0, 7.0, 10.0)
STYLED = "a peacock"
BETWEEN = ("a skull", "an old man"), ("mount fuji", "a rocket ship")
STEPS_BETWEEN = 10


def to_image(picture: torch.Tensor, scale: int = 3) -> Image.Image:
    """Turn a picture (3, H, W) in [-1, 1] into an image, each pixel drawn `scale` pixels wide."""
    array = ((picture.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    return Image.fromarray(array).resize((array.shape[1] * scale, array.shape[0] * scale), Image.Resampling.NEAREST)


def sheet(rows: list[list[torch.Tensor]], titles: list[list[str]]) -> Image.Image:
    """Put pictures into a grid, each with the end of its title below."""
    images = [[to_image(picture) for picture in row] for row in rows]
    side, line = images[0][0].width + 4, images[0][0].width + 16
    page = Image.new("RGB", (side * max(map(len, rows)), line * len(rows)), "white")
    pen = ImageDraw.Draw(page)
    for r, row in enumerate(images):
        for c, image in enumerate(row):
            page.paste(image, (c * side, r * line))
            pen.text((c * side, r * line + side - 3), titles[r][c][-17:], fill="black")
    return page


def sample_grid(pipeline: IFPipeline, scale: float = 5.0) -> Image.Image:
    """PROMPTS in two rows."""
    pictures = list(draw(pipeline, PROMPTS, scale, seed=0))
    return sheet(_cut(pictures), _cut(PROMPTS))


def prompt_sheet(pipeline: IFPipeline) -> Image.Image:
    """Sixty prompts, five to a row, each at the scales of SHEET_SCALES from the same noise."""
    prompts = [subject["say"][0] for subject in load_subjects()["subjects"]]
    prompts = (PROMPTS + [prompt for prompt in prompts if prompt not in PROMPTS])[:SHEET_PROMPTS]
    by_scale = [draw(pipeline, prompts, scale, seed=0) for scale in SHEET_SCALES]
    pictures = [by_scale[s][i] for i in range(len(prompts)) for s in range(len(SHEET_SCALES))]
    titles = [f"{scale:g} {prompt}"[:17] for prompt in prompts for scale in SHEET_SCALES]
    return sheet(_cut(pictures, 20), _cut(titles, 20))


def style_sheet(pipeline: IFPipeline, subject: str = STYLED) -> Image.Image:
    """One word in six styles, a row a seed."""
    styles = [wordings[0] for wordings in load_subjects()["styles"].values()]
    prompts = [f"{style} {subject}" for style in styles]
    return sheet([list(draw(pipeline, prompts, 5.0, seed)) for seed in range(3)], [styles] * 3)


def interpolation_sheet(pipeline: IFPipeline) -> Image.Image:
    """From one prompt's embedding to another's in ten steps, from the same noise; a row a pair."""
    rows, titles = [], []
    for first, second in BETWEEN:
        ends, _ = embed(pipeline, [first, second])
        amounts = torch.linspace(0, 1, STEPS_BETWEEN)
        row = [draw_embedded(pipeline, torch.lerp(ends[:1], ends[1:], float(a)), 5.0, seed=0)[0] for a in amounts]
        rows.append(row)
        titles.append([first, *("" for _ in row[2:]), second])
    return sheet(rows, titles)


def nearest_sheet(samples: torch.Tensor, found: Nearest) -> Image.Image:
    """The six closest, middle and farthest samples; below each its nearest training picture."""
    order, middle = found.distance.argsort(), len(samples) // 2 - 3
    shown = [*order[:6], *order[middle : middle + 6], *order[-6:]]
    rows = [[samples[i] for i in shown], [found.picture[i] for i in shown]]
    return sheet(rows, [[f"{found.distance[i]:.3f}" for i in shown], ["nearest"] * len(shown)])


def _cut(values: list, columns: int = COLUMNS) -> list[list]:
    return [values[i : i + columns] for i in range(0, len(values), columns)]


def nearest_of_samples(pipeline: IFPipeline, data: Path) -> Image.Image:
    """The sheet of nearest training pictures for one sample of each subject."""
    pictures = Pictures(data, load_subjects(), pipeline.unet.config.sample_size, 0.0, 0.0)
    names = [subject["say"][0] for subject in pictures.subjects["subjects"]]
    samples = draw(pipeline, names, SCALE, seed=0)
    return nearest_sheet(samples, nearest(samples, training_bank(pictures)))


def write_sheets(data: Path) -> None:
    """Write three sheets of the shipped model for the book, and one of the nearest training pictures into build/."""
    SHEETS.mkdir(parents=True, exist_ok=True)
    pipeline, notes = load_pocket(), PngImagePlugin.PngInfo()
    notes.add_text(WEIGHTS_KEY, sha256(SHIPPED / "pocket" / CHECKSUMS))
    made = {
        "prompts": prompt_sheet(pipeline),
        "styles": style_sheet(pipeline),
        "interpolations": interpolation_sheet(pipeline),
    }
    for name, image in made.items():
        image.save(SHEETS / f"{name}.png", pnginfo=notes, optimize=True)
        print(f"written: {SHEETS / name}.png")
    NEAREST.parent.mkdir(parents=True, exist_ok=True)
    nearest_of_samples(pipeline, data).save(NEAREST)
    print(f"written: {NEAREST}, not to be published: it shows training pictures")
