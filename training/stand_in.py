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

PRINTS = 4
PHOTOGRAPHS = (
    ("scene", "Big Ben, London"),
    ("flower", "a lily"),
    ("flower", "a rose"),
    ("flower", "a rose"),
    ("flower", "a tulip"),
    ("scene", "a lake with snowy mountains"),
)


def write_stand_in(folder: Path, subjects: dict[str, Any]) -> Path:
    """Write emoji, faces, prints and photographs: a coloured polygon for each emoji and face, else a gradient."""
    draws = [subject["draw"] for subject in subjects["subjects"]]
    emoji = sorted({e for draw in draws for e in ([draw] if isinstance(draw, str) else [layer[0] for layer in draw])})
    for name in ("emoji", "emoji256"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for offset, style in enumerate(subjects["styles"]):
        images = np.stack([_polygon(3 + i % 7, hue=i * 37 + offset * 20) for i in range(len(emoji))])
        np.savez_compressed(folder / "emoji" / f"{style}.npz", images=images)
        entries = [{"emoji": e, "name": f"thing {i}", "keywords": [f"like {i}"]} for i, e in enumerate(emoji)]
        names = json.dumps(entries, ensure_ascii=False)
        (folder / "emoji" / f"{style}.json").write_text(names, encoding="utf-8")
        with zipfile.ZipFile(folder / "emoji256" / f"{style}.zip", "w") as archive:
            for i, image in enumerate(images):
                archive.writestr(f"{i:04d}.webp", _webp(Image.fromarray(image).resize((256, 256))))
    _write_faces(folder / "faces", subjects)
    _write_prints(folder / "ukiyoe")
    _write_photographs(folder)
    return folder


def _webp(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "webp")
    return file.getvalue()


def _write_photographs(folder: Path) -> None:
    """Write six gradients: one is share-alike, one is a picture that measures, four may be learned from."""
    for name in ("photos", "photos64", "photos256"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    with (folder / "photos" / "photos.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["file", "source_repo", "source_path"], ["0.png", "a/b", "photo_0.jpg"]])
    rows = [
        [
            i,
            f"{i:04d}.webp",
            group,
            f"a photo of {shown}",
            "CC BY-SA 4.0" if i == 1 else "CC BY 4.0",
            "a/b",
            f"photo_{i}.jpg",
        ]
        for i, (group, shown) in enumerate(PHOTOGRAPHS)
    ]
    with (folder / "photos64" / "photos64.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["index", "file256", "group", "caption", "licence", "source", "path"], *rows])
    shades = [np.linspace(0, 255, 64)[:, None, None] * np.linspace(i / 6, 1, 3) for i in range(len(rows))]
    pixels = np.stack([np.broadcast_to(shade, (64, 64, 3)).astype(np.uint8) for shade in shades])
    np.savez_compressed(folder / "photos64" / "photos64.npz", images=pixels)
    for i, image in enumerate(pixels):
        (folder / "photos256" / f"{i:04d}.webp").write_bytes(_webp(Image.fromarray(image).resize((256, 256))))


def _polygon(corners: int, hue: int) -> np.ndarray:
    image = Image.new("RGBA", (64, 64))
    colour = (hue % 256, (2 * hue) % 256, (255 - hue) % 256, 255)
    ImageDraw.Draw(image).regular_polygon((32, 32, 28), corners, fill=colour)
    return np.asarray(image)


def _write_faces(folder: Path, subjects: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    columns = sorted({entry["column"] for entry in subjects["face_parts"]})
    for style in subjects["faces"]:
        np.savez_compressed(folder / f"{style}.npz", images=np.stack([_polygon(4 + i, hue=90 * i) for i in range(4)]))
        with (folder / f"{style}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([columns, *([name if i else "" for name in columns] for i in range(4))])


def _write_prints(folder: Path) -> None:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    with (folder / "ukiyoe.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "title_en", "depicts"])
        writer.writeheader()
        for i in range(PRINTS):
            shade = np.linspace(0, 255, 320)[:, None, None] * np.linspace(i / PRINTS, 1, 3)
            Image.fromarray(np.broadcast_to(shade, (320, 256, 3)).astype(np.uint8)).save(folder / f"images/{i}.png")
            writer.writerow({"file": f"images/{i}.png", "title_en": "Evening snow", "depicts": "a bridge"})
