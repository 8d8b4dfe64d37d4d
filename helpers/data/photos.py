"""Photographs to noise and to edit. No model of the course was trained on them."""

import csv
import importlib.util
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from helpers.data.sources import Found, Source, data_folder, first_of, nearest

LARGEST_DOWNLOAD = 30_000_000  # bytes


class Photo(NamedTuple):
    """One photograph of a set."""

    path: Path
    title: str
    author: str
    licence: str


# What the scikit-image wheel carries, with the credits of its documentation
STAND_INS = {
    "astronaut.png": ("Eileen Collins, astronaut", "NASA", "public domain"),
    "chelsea.png": ("Chelsea the cat", "Stefan van der Walt", "CC0 1.0"),
    "coffee.png": ("A cup of coffee", "Rachel Michetti", "CC0 1.0"),
    "rocket.jpg": ("Launch of DSCOVR on a Falcon 9", "SpaceX", "CC0 1.0"),
}


def load_photo(name: str, size: int = 64) -> torch.Tensor:
    """Return a photograph as (1, 3, size, size) float32 in [-1, 1], its middle square, averaged down.

    name  a name of `photo_names()`, or a picture file of your own, or its http(s) address
    size  pixels, 1 or more
    Raises ValueError for an unknown name, a size out of range or what is no picture; OSError where it cannot be read.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"size is {size!r}; expected a whole number of pixels, 1 or more.")
    image = ImageOps.exif_transpose(_open(str(name))).convert("RGBA")
    on_white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    square = ImageOps.fit(on_white, (size, size), Image.Resampling.LANCZOS)  # filters before it drops pixels
    pixels = torch.from_numpy(np.array(square)).permute(2, 0, 1).float()
    return (pixels / 127.5 - 1).unsqueeze(0)


def photo_names() -> list[str]:
    """Return the names of the photographs at hand, in the order of their list."""
    return list(_photos().data)


def photo_source() -> str:
    """Return one sentence on where the photographs come from."""
    return _photos().line


def photo_caption(name: str) -> str:
    """Return title, author and licence of a photograph of `photo_names()`, and whether it stands in for another.

    Raises ValueError for an unknown name.
    """
    found = _photos()
    photo = _named(name, found)
    standing_in = " Stand-in picture." if found.is_stand_in else ""
    return f"{photo.title}. {photo.author}, {photo.licence}.{standing_in}"


def _photos() -> Found[dict[str, Photo]]:
    shipped = Source("scikit-image's example pictures", _shipped_with_scikit_image)
    return first_of("Photographs", [Source("the data folder (COURSE_DATA)", _in_data_folder)], stand_in=shipped)


def _in_data_folder() -> dict[str, Photo] | None:
    """Return the photographs listed in photos.csv, or None without a data folder."""
    folder = data_folder("photos")
    if folder is None:
        return None
    table = folder / "photos.csv"
    if not table.is_file():
        raise FileNotFoundError(f"{folder} has no photos.csv; expected one with a row for each picture beside it.")
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = ("file", "title", "author", "licence")
    if not rows or not set(columns) <= set(rows[0]):
        raise ValueError(f"{table} has no rows with the columns {', '.join(columns)}; expected one for each picture.")
    photos = {Path(row["file"]).stem: Photo(folder / row["file"], *(row[c] for c in columns[1:])) for row in rows}
    missing = [photo.path.name for photo in photos.values() if not photo.path.is_file()]
    if missing:
        raise FileNotFoundError(
            f"{table} lists {', '.join(missing)}, which {folder} does not hold. Copy the folder again."
        )
    return photos


def _shipped_with_scikit_image() -> dict[str, Photo]:
    """Return the pictures inside the scikit-image wheel, found without importing it."""
    folder = Path(importlib.util.find_spec("skimage").origin).parent / "data"
    return {Path(file).stem: Photo(folder / file, *credit) for file, credit in STAND_INS.items()}


def _named(name: str, found: Found[dict[str, Photo]]) -> Photo:
    if name not in found.data:
        raise ValueError(
            f"There is no photograph {name!r}; the nearest of {len(found.data)} are {nearest(name, found.data)}. "
            "A file of your own or an http(s) address will do too."
        )
    return found.data[name]


def _open(name: str) -> Image.Image:
    if name.startswith(("http://", "https://")):
        return _decode(BytesIO(_download(name)), name)
    if Path(name).is_file():
        return _decode(name, name)
    path = _named(name, _photos()).path
    return _decode(path, path.name)


def _decode(source, name: str) -> Image.Image:
    try:
        image = Image.open(source)
        image.load()
    except UnidentifiedImageError as error:
        raise ValueError(f"{name} is no picture that can be read; expected PNG, JPEG, WebP or the like.") from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's ways to say that a file is cut short or altered
        raise ValueError(f"{name} is damaged or cannot be read: {error}. Copy or download it again.") from error
    return image


def _download(address: str) -> bytes:
    try:
        with urlopen(address, timeout=20) as answer:
            content = answer.read(LARGEST_DOWNLOAD + 1)
    except OSError as error:
        raise OSError(
            f"{address} cannot be reached: {error}. Check the address, or upload the file instead."
        ) from error
    if len(content) > LARGEST_DOWNLOAD:
        raise ValueError(f"{address} is larger than {LARGEST_DOWNLOAD // 10**6} MB. Upload a smaller picture.")
    return content
