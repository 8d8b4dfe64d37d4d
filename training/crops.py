"""What stage II learns from: squares of pictures of 256 pixels, each with the same of the 64 px picture, enlarged."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from training.captions import Caption, emoji_caption, empty_caption, photo_caption, print_caption, print_words
from training.photographs import group_weights, photographs
from training.pictures import chances, draw_subject, emoji_key, premultiplied

FACTOR, FULL = 4, 256  # from 64 to 256 pixels
SMALLEST = 0.9  # size of an emoji in parts of the picture
COLOURED_SHARE = 0.15  # of the emoji stand on a plain coloured ground
SOFT_SHARE = 0.3  # of the 64 px pictures are a little blurred: stage I draws softer than an average over 16 pixels
BUSY_SHARE = 0.75  # of the squares are the one of two that shows more: a plain ground is learned soon


class CropBatch(NamedTuple):
    """Squares (B, 3, side, side) in [-1, 1], the same of the enlarged 64 px pictures, and captions of the pictures."""

    x_0: torch.Tensor
    enlarged: torch.Tensor
    captions: list[str]


class Crops:
    """All training pictures as files in memory; `batch` draws from them with a random source of the caller."""

    def __init__(
        self, folder: Path, subjects: dict[str, Any], print_share: float, photo_share: float, rare_share: float
    ) -> None:
        """Load from the data folder; the shares are as those of `training.pictures.Pictures`."""
        self.subjects, self.styles = subjects, list(subjects["styles"])
        self.shares = [1 - print_share - photo_share, print_share, photo_share]
        self.draws = [subject["draw"] for subject in subjects["subjects"]]
        self.chances = chances([subject.get("rare", False) for subject in subjects["subjects"]], rare_share)
        self.emoji = {style: _emoji_files(folder, style) for style in self.styles}
        self.photographs = [each for each in photographs(folder) if each.file256]
        self.photo_files = [(folder / "photos256" / each.file256).read_bytes() for each in self.photographs]
        self.photo_chances = group_weights([each.group for each in self.photographs])
        with (folder / "ukiyoe" / "ukiyoe.csv").open(encoding="utf-8", newline="") as file:
            self.prints = [
                (
                    (folder / "ukiyoe" / row["file"]).read_bytes(),
                    print_words(subjects, f"{row['title_en']} {row['depicts']}"),
                )
                for row in csv.DictReader(file)
            ]

    def batch(self, batch_size: int, side: int, p_uncond: float, rng: np.random.Generator) -> CropBatch:
        """Draw squares of `side` pixels; with probability p_uncond the caption says nothing."""
        found = [self._crop(side, rng) for _ in range(batch_size)]
        captions = [empty_caption(self.subjects, rng) if rng.random() < p_uncond else said for _, _, said in found]
        x_0, enlarged = (torch.stack([each[place] for each in found]) for place in (0, 1))
        return CropBatch(x_0, enlarged, [caption.text for caption in captions])

    def whole(self, count: int, rng: np.random.Generator) -> tuple[torch.Tensor, list[str]]:
        """Draw whole pictures, (count, 3, 256, 256) in [-1, 1], with captions: emoji, print, photograph, in turns."""
        draw = (self._emoji, self._print, self._photograph)
        found = [draw[n % 3](rng) for n in range(count)]
        return torch.stack([picture for picture, _ in found]), [caption.text for _, caption in found]

    def _crop(self, side: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor, Caption]:
        draw = (self._emoji, self._print, self._photograph)[int(rng.choice(3, p=self.shares))]
        picture, caption = draw(rng)
        low = shrunk(picture[None])
        if rng.random() < SOFT_SHARE:
            low = _blurred(low, rng.uniform(0.2, 0.7))
        enlarged = enlarge(low)[0]
        places = rng.integers(0, FULL - side + 1, size=(2, 2))
        squares = [(slice(None), slice(top, top + side), slice(left, left + side)) for top, left in places]
        if rng.random() < BUSY_SHARE:
            squares.sort(key=lambda square: -picture[square].std().item())
        return picture[squares[0]], enlarged[squares[0]], caption

    def _emoji(self, rng: np.random.Generator) -> tuple[torch.Tensor, Caption]:
        subject = int(rng.choice(len(self.chances), p=self.chances))
        style, draw = self.styles[int(rng.integers(len(self.styles)))], self.draws[subject]
        names = [draw] if isinstance(draw, str) else [layer[0] for layer in draw]
        found = {name: premultiplied(_decoded(self.emoji[style][emoji_key(name)], "RGBA")) for name in names}
        layers = _moved(draw_subject(draw, found), rng)
        name, colour = "white", [255, 255, 255]
        if rng.random() < COLOURED_SHARE:
            name = list(self.subjects["grounds"])[int(rng.integers(len(self.subjects["grounds"])))]
            colour = self.subjects["grounds"][name]
        ground = torch.tensor(colour, dtype=torch.float32)[:, None, None] / 255
        picture = (layers[:3] + ground * (1 - layers[3:])).clamp(0, 1) * 2 - 1
        return picture, emoji_caption(self.subjects, subject, style, name, rng)

    def _print(self, rng: np.random.Generator) -> tuple[torch.Tensor, Caption]:
        file, words = self.prints[int(rng.integers(len(self.prints)))]
        picture = _in_range(_decoded(file, "RGB"))
        top, left = (int(rng.integers(0, length - FULL + 1)) for length in picture.shape[1:])
        square = picture[:, top : top + FULL, left : left + FULL]
        return _flipped(square, rng), print_caption(self.subjects, words, rng)

    def _photograph(self, rng: np.random.Generator) -> tuple[torch.Tensor, Caption]:
        i = int(rng.choice(len(self.photo_chances), p=self.photo_chances))
        picture = _in_range(_decoded(self.photo_files[i], "RGB"))
        return _flipped(picture, rng), photo_caption(self.subjects, self.photographs[i].shown, rng)


def shrunk(x: torch.Tensor) -> torch.Tensor:
    """Return pictures (B, 3, H, W) at a quarter of their size, averaged."""
    return F.interpolate(x, scale_factor=1 / FACTOR, mode="bilinear", antialias=True)


def enlarge(x: torch.Tensor) -> torch.Tensor:
    """Return pictures (B, 3, H, W) at four times their size, as IFSuperResolutionPipeline enlarges them."""
    return F.interpolate(x, scale_factor=FACTOR, mode="bilinear", align_corners=True)


def _emoji_files(folder: Path, style: str) -> dict[str, bytes]:
    names = json.loads((folder / "emoji" / f"{style}.json").read_text(encoding="utf-8"))
    with zipfile.ZipFile(folder / "emoji256" / f"{style}.zip") as archive:
        return {emoji_key(entry["emoji"]): archive.read(f"{i:04d}.webp") for i, entry in enumerate(names)}


def _decoded(file: bytes, mode: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert(mode))


def _in_range(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)


def _moved(layers: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Vary size and place of an emoji (4, 256, 256) a little, within the picture."""
    scale = rng.uniform(SMALLEST, 1.0)
    x, y = rng.uniform(-1, 1, size=2) * (1 - scale) / scale
    theta = torch.tensor([[[1 / scale, 0, x], [0, 1 / scale, y]]], dtype=torch.float32)
    grid = F.affine_grid(theta, (1, *layers.shape), align_corners=False)
    return F.grid_sample(layers[None], grid, mode="bicubic", align_corners=False)[0].clamp(0, 1)


def _flipped(picture: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    return picture.flip(-1) if rng.random() < 0.5 else picture


def _blurred(x: torch.Tensor, sigma: float) -> torch.Tensor:
    weights = torch.exp(-(torch.arange(-2, 3).float() ** 2) / (2 * sigma**2))
    kernel = (weights / weights.sum()).expand(3, 1, 1, 5)
    x = F.conv2d(F.pad(x, (2, 2, 2, 2), mode="replicate"), kernel, groups=3)
    return F.conv2d(x, kernel.transpose(2, 3), groups=3)
