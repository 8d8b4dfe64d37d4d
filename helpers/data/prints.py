"""Woodblock prints to fine-tune on in chapter 13: those of the data folder, of a public set, or drawn in code."""

import csv
import functools
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from helpers import runtime
from helpers.data.drawn_prints import drawn_prints
from helpers.data.sources import Found, Source, data_folder, first_of

PRINTS_SIDE = 64  # pixels, as the pocket models draw
DRAWN_PRINTS = 300  # about as many as the data folder has
PRINTS_SET = "huggan/ukiyoe2photo"
NAMES = ("auto", "folder", "huggan", "drawn")
_REACH = 0.11  # of a side: a margin is at most so wide
_FRAME = 0.016  # of a side: the printed frame, which is cut off with the margin
_WEAKEST = 10  # of 255: an edge that differs less is no frame
_SMALLEST_CROP = 0.72  # of the shorter side


def load_prints(size: int = PRINTS_SIDE, crops: int = 1, flips: bool = False, name: str = "auto") -> torch.Tensor:
    """Return prints as (N, 3, size, size) float32 in [-1, 1], without their margins.

    size   pixels, 1 or more
    crops  square cut-outs of each print, 1 or more: the first is the largest in the middle, the others lie at random
           and are up to a quarter smaller, always the same ones; drawn prints are square, `crops` draws as many more
    flips  True adds the mirror image of each, all of them after the others
    name   "folder" (294 prints by Hiroshige and Hokusai, of the data folder), "huggan" (huggan/ukiyoe2photo, 359 MB,
           kept by the library `datasets`), "drawn" (300 drawn in code), or "auto": the first of these that is there,
           where huggan is only asked for under COURSE_PROFILE=colab
    Raises ValueError for a number out of range, an unknown name or a damaged file, FileNotFoundError for a source that
    was asked for by name and is not there.
    """
    for what, number in (("size", size), ("crops", crops)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{what} is {number!r}; expected a whole number, 1 or more.")
    prints = _found(size, crops, name).data
    return torch.cat([prints, prints.flip(-1)]) if flips else prints.clone()


def prints_source(name: str = "auto") -> str:
    """Return one sentence on where the prints of `load_prints` come from."""
    return _found(PRINTS_SIDE, 1, name).line


def prints_note() -> str:
    """Return what a figure of these prints has to say: nothing, or that drawn ones stand in."""
    return "Prints drawn in code stand in for woodblock prints." if _found(PRINTS_SIDE, 1, "auto").is_stand_in else ""


@functools.lru_cache(maxsize=2)
def _found(size: int, crops: int, name: str) -> Found[torch.Tensor]:
    if name not in NAMES:
        raise ValueError(f"There are no prints {name!r}; expected one of {', '.join(map(repr, NAMES))}.")
    folder = Source("the data folder (294 by Hiroshige and Hokusai)", lambda: _in_data_folder(size, crops))
    huggan = Source(PRINTS_SET, lambda: _from_huggan(size, crops))
    drawn = Source("a generator in code", lambda: _drawn(size, crops))
    if name == "auto":
        places = [folder, huggan] if runtime.profile() == "colab" else [folder]
        return first_of("Prints", places, drawn)
    source = {"folder": folder, "huggan": huggan, "drawn": drawn}[name]
    found = source.find()
    if found is None:
        cure = "Set COURSE_DATA to it." if name == "folder" else "pip install datasets, connect to the network."
        raise FileNotFoundError(f"There are no prints from {source.name} here. {cure} Or take name='drawn'.")
    return Found(found, f"Prints from {source.name}.", is_stand_in=False)


def _in_data_folder(size: int, crops: int) -> torch.Tensor | None:
    folder = data_folder("ukiyoe")
    if folder is None:
        return None
    listed = folder / "ukiyoe.csv"
    if not listed.is_file():
        raise FileNotFoundError(f"{folder} has no ukiyoe.csv. Put it there, beside its images.")
    with listed.open(encoding="utf-8", newline="") as file:
        return _cut([folder / row["file"] for row in csv.DictReader(file)], size, crops)


def _from_huggan(size: int, crops: int) -> torch.Tensor | None:
    """Return the prints of the public set, each once; None without the library or the network."""
    try:
        # a library that only those install who want these prints
        from datasets import Image as Undecoded  # pyright: ignore[reportMissingImports]
        from datasets import load_dataset  # pyright: ignore[reportMissingImports]
    except ImportError:
        return None
    try:
        rows = load_dataset(PRINTS_SET, split="train").select_columns("imageA")
    except Exception:  # a network has many ways to fail, each with its own exception
        return None
    rows = rows.cast_column("imageA", Undecoded(decode=False))
    return _cut(list(dict.fromkeys(row["imageA"]["bytes"] for row in rows)), size, crops)


def _drawn(size: int, crops: int) -> torch.Tensor:
    return _tensor(drawn_prints(DRAWN_PRINTS * crops, size))


def _cut(pictures: Iterable[Path | bytes], size: int, crops: int) -> torch.Tensor:
    """Return the cut-outs of all prints: the first of each, then the second of each, and so on."""
    cuts = [
        _cut_outs(without_margins(_opened(picture)), size, crops, np.random.default_rng((size, place)))
        for place, picture in enumerate(pictures)
    ]
    return _tensor(np.stack(cuts, axis=1).reshape(-1, size, size, 3))


def _tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()


def _opened(picture: Path | bytes) -> Image.Image:
    name = "A picture of the set" if isinstance(picture, bytes) else str(picture)
    try:
        return Image.open(BytesIO(picture) if isinstance(picture, bytes) else picture).convert("RGB")
    except FileNotFoundError:
        raise FileNotFoundError(f"{name} is listed and not there. Put it there, or take name='drawn'.") from None
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{name} is damaged or no picture: {error}. Copy or download it again.") from error


def without_margins(image: Image.Image) -> Image.Image:
    """Return a print without the paper around it and without its printed frame.

    On each side the innermost strong edge of the outer tenth is taken for the frame: a line along which the picture's
    middle part differs on average from its neighbour. Where there is none, as in a print cut by its owner, nothing but
    the frame's own width is lost.
    """
    pixels = np.asarray(image, dtype=np.float32)
    top, left, bottom, right = (_margin(np.rot90(pixels, turns)) for turns in (0, 3, 2, 1))
    return image.crop((left, top, image.width - right, image.height - bottom))


def _margin(pixels: np.ndarray) -> int:
    """Return how many rows at the top of a picture are paper or frame."""
    height, width, _ = pixels.shape
    outer = pixels[: round(_REACH * height), width // 6 : -(width // 6)]
    jumps = np.abs(np.diff(outer, axis=0)).mean(axis=(1, 2))
    strong = np.flatnonzero(jumps > max(_WEAKEST, 0.6 * jumps.max(initial=0)))
    return (int(strong[-1]) + 1 if len(strong) else 0) + max(1, round(_FRAME * height))


def _cut_outs(image: Image.Image, size: int, crops: int, rng: np.random.Generator) -> np.ndarray:
    """Return (crops, size, size, 3): the largest square in the middle, then smaller ones at random places."""
    shorter, cuts = min(image.size), []
    for place in range(crops):
        side = shorter if place == 0 else round(shorter * rng.uniform(_SMALLEST_CROP, 1))
        spare = np.array(image.size) - side
        left, top = spare // 2 if place == 0 else rng.integers(spare + 1)
        box = (int(left), int(top), int(left) + side, int(top) + side)
        cuts.append(np.asarray(image.resize((size, size), Image.Resampling.LANCZOS, box=box)))
    return np.stack(cuts)
