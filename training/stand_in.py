"""A data folder of the right layout with pictures drawn in code: for smoke runs and tests, which need no data."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

PRINTS, FACES, RARE = 8, 64, 6
# Group and caption of the photographs: the first one measures, the second is share-alike
PHOTOGRAPHS = [("scene", "Big Ben, London"), ("flower", "a lily"), ("flower", "a rose"), ("flower", "a rose"),
               ("flower", "a tulip"), ("scene", "a lake with snowy mountains")]  # fmt: skip


def write_stand_in(folder: Path, subjects: dict[str, Any]) -> Path:
    """Write a data folder: a coloured polygon for each emoji and face, a gradient for each print and photograph.

    Beside the emoji of `subjects` there are RARE others, for which no subject is written.
    """
    draws = [subject["draw"] for subject in subjects["subjects"]]
    emoji = sorted({e for draw in draws for e in ([draw] if isinstance(draw, str) else [layer[0] for layer in draw])})
    emoji += [chr(0x1FA00 + i) for i in range(RARE)]  # chess symbols, which no list of subjects has
    entries = [{"emoji": e, "name": f"thing {i}", "keywords": [f"like {i}"]} for i, e in enumerate(emoji)]
    for name in ("emoji", "emoji256", "faces", "ukiyoe/images", "photos", "photos64", "photos256"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for offset, style in enumerate(subjects["styles"]):
        images = np.stack([_polygon(3 + i % 7, hue=i * 37 + offset * 20) for i in range(len(emoji))])
        np.savez_compressed(folder / "emoji" / f"{style}.npz", images=images)
        names = json.dumps(entries, ensure_ascii=False)
        (folder / "emoji" / f"{style}.json").write_text(names, encoding="utf-8")
        _write_archive(folder / "emoji256" / f"{style}.zip", images)
    _write_faces(folder / "faces", subjects)
    _write_prints(folder / "ukiyoe")
    _write_photographs(folder)
    return folder


def _polygon(corners: int, hue: int) -> np.ndarray:
    image = Image.new("RGBA", (64, 64))
    colour = (hue % 256, (2 * hue) % 256, (255 - hue) % 256, 255)
    ImageDraw.Draw(image).regular_polygon((32, 32, 28), corners, fill=colour)
    return np.asarray(image)


def _gradient(start: float, height: int, width: int) -> np.ndarray:
    shade = np.linspace(0, 255, height)[:, None, None] * np.linspace(start, 1, 3)
    return np.broadcast_to(shade, (height, width, 3)).astype(np.uint8)


def _write_archive(path: Path, images: np.ndarray) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for i, image in enumerate(images):
            archive.writestr(zipfile.ZipInfo(f"{i:04d}.webp"), _webp(image))  # no date: always the same bytes


def _webp(image: np.ndarray) -> bytes:
    """Return a picture enlarged to 256 pixels, without loss."""
    file = io.BytesIO()
    large = Image.fromarray(image).resize((256, 256), Image.Resampling.NEAREST)
    large.save(file, "webp", lossless=True, quality=0, method=0)
    return file.getvalue()


def _write_faces(folder: Path, subjects: dict[str, Any]) -> None:
    columns = sorted({entry["column"] for entry in subjects["face_parts"]})
    for style in subjects["faces"]:
        images = np.stack([_polygon(4 + i % 4, hue=30 * i) for i in range(FACES)])
        np.savez_compressed(folder / f"{style}.npz", images=images)
        _write_csv(
            folder / f"{style}.csv", columns, ([name if i % 4 else "" for name in columns] for i in range(FACES))
        )


def _write_prints(folder: Path) -> None:
    for i in range(PRINTS):
        Image.fromarray(_gradient(i / PRINTS, 320, 256)).save(folder / f"images/{i}.png")
    rows = ([f"images/{i}.png", "Evening snow", "a bridge"] for i in range(PRINTS))
    _write_csv(folder / "ukiyoe.csv", ["file", "title_en", "depicts"], rows)


def _write_photographs(folder: Path) -> None:
    """Write six gradients: one is a picture that measures, one is share-alike, four may be learned from."""
    images = np.stack([_gradient(i / len(PHOTOGRAPHS), 64, 64) for i in range(len(PHOTOGRAPHS))])
    np.savez_compressed(folder / "photos64" / "photos64.npz", images=images)
    for i, image in enumerate(images):
        (folder / "photos256" / f"{i:04d}.webp").write_bytes(_webp(image))
    rows = [
        [i, f"{i:04d}.webp", group, f"a photo of {shown}", f"CC BY{'-SA' if i == 1 else ''} 4.0", "a/b", f"{i}.jpg"]
        for i, (group, shown) in enumerate(PHOTOGRAPHS)
    ]
    columns = ["index", "file256", "group", "caption", "licence", "source", "path"]
    _write_csv(folder / "photos64" / "photos64.csv", columns, rows)
    _write_csv(folder / "photos" / "photos.csv", ["file", "source_repo", "source_path"], [["0.png", "a/b", "0.jpg"]])
    Image.fromarray(images[0]).save(folder / "photos" / "0.png")


def _write_csv(path: Path, columns: list[str], rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
