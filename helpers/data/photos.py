"""Photographs to noise and to edit. No model of the course was trained on them."""

import csv
from pathlib import Path
from typing import NamedTuple

import torch

from helpers.data.decoding import decoded
from helpers.data.sources import Found, Source, data_folder, first_of, nearest, package_folder
from helpers.data.web import download


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
    return decoded(*_content(str(name)), size)


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
    folder = package_folder("skimage") / "data"
    return {Path(file).stem: Photo(folder / file, *credit) for file, credit in STAND_INS.items()}


def _named(name: str, found: Found[dict[str, Photo]]) -> Photo:
    if name not in found.data:
        raise ValueError(
            f"There is no photograph {name!r}; the nearest of {len(found.data)} are {nearest(name, found.data)}. "
            "A file of your own or an http(s) address will do too."
        )
    return found.data[name]


def _content(name: str) -> tuple[bytes | Path, str]:
    """Return the picture that a name, a file or an address stands for, and what to call it."""
    if name.startswith(("http://", "https://")):
        return download(name), name
    if Path(name).is_file():
        return Path(name), name
    path = _named(name, _photos()).path
    return path, path.name
