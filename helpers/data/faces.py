"""Faces to train on in chapter 12: pictures of your own, drawn ones from the data folder, or faces drawn in code."""

import functools
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from helpers import runtime
from helpers.data.decoding import decoded
from helpers.data.drawn_faces import drawn_faces
from helpers.data.sources import Found, Source, data_folder, first_of

FACES_SIDE = 32  # pixels, as the chapter trains
DRAWN = 12_000  # as many as the exercise's own set has
_FEW = 256  # where nothing is trained
_STYLES = ("lorelei", "adventurer")  # of the data folder
_LARGEST_MEMBER = 5_000_000  # bytes of one picture in an archive
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")


def load_faces(source: Path | str | None = None, size: int = FACES_SIDE) -> torch.Tensor:
    """Return faces as (N, 3, size, size) float32 in [-1, 1].

    source  a zip archive such as manga.zip or a folder, both with pictures at any depth (the layout of torchvision's
            ImageFolder is one); "lorelei" (line art) or "adventurer" (colour) from the data folder; "drawn" for 12,000
            faces drawn in code; default: lorelei, or drawn ones where there is no data folder
    size    pixels, 1 or more
    Where answers are graded, a few faces drawn in code stand in for all of them: no check needs more.
    Raises FileNotFoundError where nothing lies there; ValueError for a size out of range, for what is no archive, and
    for an archive or folder without pictures or with a picture that is damaged or too large.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"size is {size!r}; expected a whole number of pixels, 1 or more.")
    return _chosen(source, size).data


def faces_source(source: Path | str | None = None, size: int = FACES_SIDE) -> str:
    """Return one sentence on where the faces of `load_faces` with the same arguments come from."""
    return _chosen(source, size).line


def _chosen(source: Path | str | None, size: int) -> Found[torch.Tensor]:
    if runtime.profile() == "grade":
        return _few(size)
    return _found(str(source) if source is not None else None, size)


@functools.lru_cache(maxsize=1)
def _few(size: int) -> Found[torch.Tensor]:
    return Found(_drawn(size, _FEW), f"{_FEW} faces drawn in code, because COURSE_PROFILE is grade.", is_stand_in=True)


@functools.lru_cache(maxsize=2)  # faces take long to read, and some hundred megabytes of memory
def _found(source: str | None, size: int) -> Found[torch.Tensor]:
    if source == "drawn":
        return Found(_drawn(size, DRAWN), f"{DRAWN:,} faces drawn in code.", is_stand_in=False)
    if source is None or source in _STYLES:
        style = source or _STYLES[0]
        place = Source(f"the data folder ({style})", lambda: _in_data_folder(style, size))
        return first_of("Faces", [place], Source("a generator in code", lambda: _drawn(size, DRAWN)))
    path = Path(source).expanduser()
    if not path.exists():
        raise FileNotFoundError(
            f"There is no {path}. Give a zip archive or a folder of pictures, or one of drawn, {', '.join(_STYLES)}. "
            "On Colab, mount your Drive first: from google.colab import drive; drive.mount('/content/drive')."
        )
    pictures = list(_in_folder(path) if path.is_dir() else _in_archive(path))
    if not pictures:
        raise ValueError(f"{path} holds no pictures; expected files that end in {', '.join(_PICTURES)}.")
    faces = [decoded(content, name, size) for name, content in runtime.progress(pictures, "reading faces")]
    return Found(torch.cat(faces), f"{len(faces):,} faces from {path.name}.", is_stand_in=False)


def _in_data_folder(style: str, size: int) -> torch.Tensor | None:
    folder = data_folder("faces")
    if folder is None:
        return None
    path = folder / f"{style}.npz"
    if not path.is_file():
        raise FileNotFoundError(f"{folder} has no {path.name}. Put it there, or choose other faces.")
    try:
        with np.load(path) as file:
            images = torch.from_numpy(file["images"])
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged: {error}. Copy it again.") from error
    colour, alpha = images[..., :3].float(), images[..., 3:].float() / 255
    return _resized(alpha * colour + 255 * (1 - alpha), size)


def _drawn(size: int, count: int) -> torch.Tensor:
    return _resized(torch.from_numpy(drawn_faces(count, size)).float(), size)


def _resized(pixels: torch.Tensor, size: int) -> torch.Tensor:
    """Return (N, H, W, 3) from 0 to 255 as (N, 3, size, size) from -1 to 1, averaged down."""
    images = (pixels / 127.5 - 1).permute(0, 3, 1, 2)
    if images.shape[-1] != size:
        images = torch.nn.functional.interpolate(
            images, size=size, mode="bilinear", antialias=True, align_corners=False
        )
    return images.contiguous().clamp(-1, 1)


def _in_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _PICTURES and path.is_file():
            yield str(path.relative_to(folder)), path


def _in_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures of a zip archive, which are read where they lie: nothing is unpacked to the disk."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not member.filename.lower().endswith(_PICTURES) or "__MACOSX" in member.filename:
                    continue
                with archive.open(member) as file:
                    content = file.read(_LARGEST_MEMBER + 1)
                if len(content) > _LARGEST_MEMBER:
                    most = _LARGEST_MEMBER // 10**6
                    raise ValueError(f"{member.filename} in {path.name} has more than {most} MB. Make it smaller.")
                yield member.filename, content
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path} is no zip archive, or damaged: {error}. Download it again.") from error
    except RuntimeError as error:  # an encrypted member
        raise ValueError(f"{path} cannot be read: {error}. Pack it again without a password.") from error
