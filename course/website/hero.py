"""Draw the landing page's picture: the pocket model on its way from noise to four pictures.

    .venv/bin/python -m course.website.hero

Run it again when the weights change: the picture carries their checksum, and a test compares the two.
"""

from pathlib import Path

import torch
from PIL import Image, PngImagePlugin

from course.paths import ROOT
from helpers.denoisers import load_stage_1
from helpers.runtime import generator
from helpers.weights import registry

HERO = ROOT / "book" / "_static" / "hero.png"
WEIGHTS_KEY = "weights"  # name of the PNG's text entry

PROMPTS = ("a man wearing a hat", "a peacock", "a skull", "a forest")
SEED = 4
STEPS = 34
SHOWN = (0, 8, 13, 17, 21, 25, 28, 31, 34)  # after how many steps; most of the picture is decided in the middle
_TILE, _GAP = 128, 10  # pixels


@torch.no_grad()
def trajectories() -> list[list[torch.Tensor]]:
    """Sample each prompt; return for each the pictures (3, H, W) at SHOWN, in [-1, 1]."""
    stage_1 = load_stage_1("pocket")
    rows = []
    for number, prompt in enumerate(PROMPTS):
        size = stage_1.unet.config["sample_size"]
        noise = torch.randn(1, 3, size, size, generator=generator(SEED + number))
        states = [noise]
        stage_1(
            prompt=prompt,
            num_inference_steps=STEPS,
            generator=generator(SEED + number),
            callback=lambda step, t, image, states=states: states.append(image),
            output_type="pt",
        )
        rows.append([states[step][0].clamp(-1, 1) for step in SHOWN])
    return rows


def drawn(rows: list[list[torch.Tensor]]) -> Image.Image:
    """Set the pictures in a grid on a transparent ground, their pixels left sharp."""
    pitch = _TILE + _GAP
    canvas = Image.new("RGBA", (pitch * len(rows[0]) - _GAP, pitch * len(rows) - _GAP))
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            pixels = ((picture + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
            tile = Image.fromarray(pixels).resize((_TILE, _TILE), Image.Resampling.NEAREST)
            canvas.paste(tile, (across * pitch, down * pitch))
    return canvas


def weights_checksum() -> str:
    """Return the checksum of the pocket model's weights."""
    return registry()["pocket"].checksum


def main(path: Path = HERO) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text(WEIGHTS_KEY, weights_checksum())
    drawn(trajectories()).save(path, pnginfo=notes, optimize=True)
    print(f"{path.relative_to(ROOT)} shows: {', '.join(PROMPTS)}")


if __name__ == "__main__":
    main()
