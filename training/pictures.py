"""The pictures of the pocket model: emoji artwork on grounds, drawn faces, woodblock prints in crops, photographs."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from helpers.cache import cache_folder
from helpers.weights import sha256
from training.captions import (
    Caption,
    emoji_caption,
    empty_caption,
    face_caption,
    face_parts,
    photo_caption,
    print_caption,
    print_words,
)
from training.photographs import group_weights, load_pixels, photographs

STORED = 64  # pixels of the emoji in emoji/; emoji256/ has the same at 256
PRINT_SIDE = 128  # prints are kept at this short side: half of what the folder has, enough for 64 px pictures
SMALLEST = 0.94  # size of an emoji in parts of the picture; at 0.85 shapes took far longer to learn
COLOURED_SHARE = 0.1  # of the emoji stand on a plain coloured ground, the rest on white


class Batch(NamedTuple):
    """Pictures (B, 3, size, size) in [-1, 1] and their captions."""

    x_0: torch.Tensor
    captions: list[str]


def _need(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(
            f"Training data missing: {path} does not exist. Expected a data folder with emoji/<style>.npz and .json, "
            "faces/<style>.npz and .csv, and ukiyoe/ukiyoe.csv with its images. Set COURSE_DATA (or --data) to it."
        )
    return path


def emoji_key(emoji: str) -> str:
    """Return an emoji without its variation selector, which differs between lists."""
    return emoji.replace("\ufe0f", "")


def load_emoji(folder: Path, style: str, wanted: set[str], pixels: int = STORED) -> dict[str, torch.Tensor]:
    """Read the `wanted` emoji of one style as premultiplied RGBA tensors (4, pixels, pixels) in [0, 1].

    pixels  64 reads emoji/; another size is made from the 256 pixels of emoji256/
    """
    names = json.loads(_need(folder / "emoji" / f"{style}.json").read_text(encoding="utf-8"))
    found = {emoji_key(entry["emoji"]): i for i, entry in enumerate(names)}
    missing = {e for e in wanted if emoji_key(e) not in found}
    if missing:
        raise ValueError(f"Style {style} lacks the emoji {sorted(missing)}. Take them out of subjects.yaml.")
    if pixels == STORED:
        images = np.load(_need(folder / "emoji" / f"{style}.npz"))["images"]
        return {e: premultiplied(images[found[emoji_key(e)]]) for e in wanted}
    layers = shrunk_emoji(_need(folder / "emoji256" / f"{style}.zip"), len(names), pixels)
    return {e: torch.from_numpy(layers[found[emoji_key(e)]].astype(np.float32) / 255) for e in wanted}


def shrunk_emoji(archive: Path, count: int, pixels: int) -> np.ndarray:
    """Return the emoji of an archive of emoji256/ as premultiplied RGBA, uint8 (count, 4, pixels, pixels).

    Decoding those of all styles takes three minutes, so the outcome is kept in the user's cache, under a name that
    holds the archive's checksum.
    """
    name = f"{archive.stem}_{pixels}px_premultiplied_{sha256(archive)[:12]}.npy"
    path = cache_folder("emoji256") / name
    if not path.is_file():
        with zipfile.ZipFile(archive) as file:
            layers = np.stack([_shrunk(file.read(f"{i:04d}.webp"), pixels) for i in range(count)])
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            np.save(file, layers)
        Path(file.name).replace(path)  # in one move: another run may be reading
    return np.load(path, mmap_mode="r")


def _shrunk(webp: bytes, pixels: int) -> np.ndarray:
    """Decode a picture with transparency and average it down."""
    rgba = np.asarray(Image.open(io.BytesIO(webp)).convert("RGBA"))
    layers = premultiplied(rgba)[None]  # what lossy webp leaves under alpha 0 becomes 0 here
    return (F.interpolate(layers, size=(pixels, pixels), mode="area")[0] * 255).round().byte().numpy()


def premultiplied(rgba: np.ndarray) -> torch.Tensor:
    """Return a picture with transparency as (4, H, W) in [0, 1], its colours times its alpha."""
    x = torch.from_numpy(rgba.astype(np.float32) / 255).permute(2, 0, 1)
    return torch.cat([x[:3] * x[3:], x[3:]])  # colour times alpha, so that resizing leaves no dark rim


def _place(layer: torch.Tensor, x: float, y: float, size: float) -> torch.Tensor:
    """Draw a picture (4, S, S) at centre (x, y) and scale `size` (parts of the canvas) on an empty one."""
    theta = torch.tensor([[[1 / size, 0, (1 - 2 * x) / size], [0, 1 / size, (1 - 2 * y) / size]]])
    grid = F.affine_grid(theta, (1, *layer.shape), align_corners=False)
    return F.grid_sample(layer[None], grid, mode="bilinear", align_corners=False)[0]


def _over(front: torch.Tensor, back: torch.Tensor) -> torch.Tensor:
    return front + back * (1 - front[3:])


def draw_subject(draw: str | list, emoji: dict[str, torch.Tensor]) -> torch.Tensor:
    """Put a subject's layers together; premultiplied RGBA (4, S, S)."""
    if isinstance(draw, str):
        return emoji[draw]
    canvas = torch.zeros_like(emoji[draw[0][0]])
    for name, x, y, size in draw:
        canvas = _over(_place(emoji[name], x, y, size), canvas)
    return canvas


def load_prints(folder: Path, subjects: dict[str, Any]) -> list[tuple[Image.Image, list[str]]]:
    """Read the woodblock prints and the words for what they show."""
    prints = []
    with _need(folder / "ukiyoe" / "ukiyoe.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            image = Image.open(_need(folder / "ukiyoe" / row["file"])).convert("RGB")
            scale = PRINT_SIDE / min(image.size)
            image = image.resize([round(side * scale) for side in image.size], Image.Resampling.LANCZOS)
            prints.append((image, print_words(subjects, f"{row['title_en']} {row['depicts']}")))
    return prints


def load_faces(folder: Path, style: str, subjects: dict[str, Any]) -> tuple[np.ndarray, list[list[str]]]:
    """Read the drawn faces of one style, uint8 (N, 64, 64, 4), and the words for the parts of each."""
    images = np.load(_need(folder / "faces" / f"{style}.npz"))["images"]
    with _need(folder / "faces" / f"{style}.csv").open(encoding="utf-8", newline="") as file:
        return images, [face_parts(subjects, row) for row in csv.DictReader(file)]


class Pictures:
    """All training pictures in memory; `batch` draws from them with a random source of the caller."""

    def __init__(
        self,
        folder: Path,
        subjects: dict[str, Any],
        size: int,
        print_share: float,
        face_share: float,
        photo_share: float = 0.0,
        rare_share: float = 0.0,
        emoji_pixels: int = STORED,
    ) -> None:
        """Load from the data folder.

        size          of the pictures, in pixels
        ..._share     in [0, 1], of each batch; rare_share of its emoji, for the subjects marked as rare
        emoji_pixels  at which emoji are kept; twice `size` leaves their rims sharp
        """
        self.subjects, self.size = subjects, size
        self.shares = [1 - print_share - face_share - photo_share, print_share, face_share, photo_share]
        self.chances = chances([subject.get("rare", False) for subject in subjects["subjects"]], rare_share)
        draws = [subject["draw"] for subject in subjects["subjects"]]
        wanted = {e for draw in draws for e in ([draw] if isinstance(draw, str) else [layer[0] for layer in draw])}
        self.styles = list(subjects["styles"])
        self.emoji = {}
        for style in self.styles:
            emoji = load_emoji(folder, style, wanted, emoji_pixels)
            self.emoji[style] = torch.stack([draw_subject(draw, emoji) for draw in draws])  # (subjects, 4, side, side)
        self.prints = load_prints(folder, subjects) if print_share > 0 else []
        self.faces = {style: load_faces(folder, style, subjects) for style in subjects["faces"] if face_share > 0}
        self.photographs = photographs(folder) if photo_share > 0 else []
        if self.photographs:
            self.photo_pixels = load_pixels(folder)
            self.photo_chances = group_weights([each.group for each in self.photographs])

    def batch(self, batch_size: int, p_uncond: float, rng: np.random.Generator) -> Batch:
        """Draw pictures with captions; with probability p_uncond the caption says nothing."""
        n_emoji, *others = (int(n) for n in rng.multinomial(batch_size, self.shares))
        pictures, captions = self._emoji_batch(n_emoji, rng)
        kinds = zip((self._print, self._face, self._photograph), others, strict=True)
        others = [draw(rng) for draw, n in kinds for _ in range(n)]
        pictures = torch.cat([pictures, *(picture[None] for picture, _ in others)])
        captions += [caption for _, caption in others]
        captions = [empty_caption(self.subjects, rng) if rng.random() < p_uncond else each for each in captions]
        return Batch(pictures.clamp(0, 1) * 2 - 1, [caption.text for caption in captions])

    def on_white(self, rng: np.random.Generator) -> torch.Tensor:
        """Every subject once, in a random style, moved and resized afresh; (subjects, 3, size, size) in [-1, 1]."""
        styles = rng.integers(len(self.styles), size=len(self.subjects["subjects"]))
        layers = self._jitter(torch.stack([self.emoji[self.styles[s]][k] for k, s in enumerate(styles)]), rng)
        return (layers[:, :3] + 1 - layers[:, 3:]) * 2 - 1

    def _emoji_batch(self, n: int, rng: np.random.Generator) -> tuple[torch.Tensor, list[Caption]]:
        if n == 0:  # a batch of prints alone
            return torch.empty(0, 3, self.size, self.size), []
        subject = rng.choice(len(self.chances), size=n, p=self.chances)
        style = rng.integers(len(self.styles), size=n)
        chosen = [self.emoji[self.styles[s]][k] for s, k in zip(style, subject, strict=True)]
        layers = self._jitter(torch.stack(chosen), rng)  # (n, 4, size, size)
        grounds = [self._ground(rng) for _ in range(n)]
        ground = torch.tensor([colour for _, colour in grounds], dtype=torch.float32)[:, :, None, None] / 255
        pictures = layers[:, :3] + ground * (1 - layers[:, 3:])
        captions = [
            emoji_caption(self.subjects, k, self.styles[s], name, rng)
            for k, s, (name, _) in zip(subject, style, grounds, strict=True)
        ]
        return pictures, captions

    def _jitter(self, layers: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        """Vary size and place (within the picture) a little, then shrink to `size` by averaging."""
        n = len(layers)
        scale = rng.uniform(SMALLEST, 1.0, size=(n, 1))
        shift = rng.uniform(-1, 1, size=(n, 2)) * (1 - scale)
        theta = np.zeros((n, 2, 3), dtype=np.float32)
        theta[:, 0, 0] = theta[:, 1, 1] = (1 / scale)[:, 0]
        theta[:, :, 2] = shift / scale
        grid = F.affine_grid(torch.from_numpy(theta), layers.shape, align_corners=False)
        return F.adaptive_avg_pool2d(F.grid_sample(layers, grid, align_corners=False), self.size)

    def _ground(self, rng: np.random.Generator) -> tuple[str, list[int]]:
        if rng.random() >= COLOURED_SHARE:
            return "white", [255, 255, 255]
        name = list(self.subjects["grounds"])[int(rng.integers(len(self.subjects["grounds"])))]
        return name, self.subjects["grounds"][name]

    def _face(self, rng: np.random.Generator) -> tuple[torch.Tensor, Caption]:
        """A drawn face on white; never mirrored, all of them look the same way."""
        style = list(self.faces)[int(rng.integers(len(self.faces)))]
        images, parts = self.faces[style]
        i = int(rng.integers(len(images)))
        layers = self._jitter(premultiplied(images[i])[None], rng)[0]
        return layers[:3] + 1 - layers[3:], face_caption(self.subjects, style, parts[i], rng)

    def _print(self, rng: np.random.Generator) -> tuple[torch.Tensor, Caption]:
        """A square crop of a print, from the full short side down to the model's own pixels, flipped or not."""
        image, words = self.prints[int(rng.integers(len(self.prints)))]
        longest = min(image.size)
        side = longest if rng.random() < 0.3 else rng.uniform(min(self.size, longest), longest)
        return self._crop(image, side, rng), print_caption(self.subjects, words, rng)

    def _photograph(self, rng: np.random.Generator) -> tuple[torch.Tensor, Caption]:
        """A photograph, or nine tenths of one, flipped or not."""
        photograph = self.photographs[int(rng.choice(len(self.photo_chances), p=self.photo_chances))]
        image = Image.fromarray(self.photo_pixels[photograph.index])
        picture = self._crop(image, image.width * rng.uniform(0.9, 1.0), rng)
        return picture, photo_caption(self.subjects, photograph.shown, rng)

    def _crop(self, image: Image.Image, side: float, rng: np.random.Generator) -> torch.Tensor:
        """Cut a square out at a random place, shrink it to `size`, flip it or not; (3, size, size) in [0, 1]."""
        left, top = rng.uniform(0, image.width - side), rng.uniform(0, image.height - side)
        crop = image.resize((self.size, self.size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
        picture = torch.from_numpy(np.asarray(crop, dtype=np.float32) / 255).permute(2, 0, 1)
        return picture.flip(-1) if rng.random() < 0.5 else picture


def chances(is_rare: list[bool], rare_share: float) -> np.ndarray:
    """Return each subject's chance: the common ones alike, the rare ones alike, `rare_share` for all of these."""
    rare = np.array(is_rare)
    if not rare.any() or rare.all():
        return np.full(len(rare), 1 / len(rare))
    return np.where(rare, rare_share / rare.sum(), (1 - rare_share) / (~rare).sum())
