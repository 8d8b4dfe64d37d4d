"""What the pocket CLIPs learn from: pictures with captions, and which captions are true of which pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from training.captions import Caption, emoji_caption, face_caption, load_subjects, print_caption
from training.clip_spoil import recolour, spoil, warp
from training.pictures import Pictures

MORE_SUBJECTS_FILE = Path(__file__).with_name("clip_subjects.yaml")
STORED = 64  # pixels of the emoji and faces in the data folder
GROUND_SPREAD = 25  # grey values by which a named ground varies


class ClipBatch(NamedTuple):
    """Pictures (B, 3, size, size) in [-1, 1], a caption each, and is_true (B, B): does caption j hold of picture i?"""

    pictures: torch.Tensor
    captions: list[str]
    is_true: torch.Tensor


class Shown(NamedTuple):
    """A caption and all facts that are true of its picture, stated or not."""

    caption: Caption
    facts: set[str]


def clip_subjects(held_out: str | None = None) -> dict[str, Any]:
    """Subjects, styles and words as in captions.load_subjects, with the CLIPs' further subjects.

    held_out  a style of the emoji to leave out, together with its words; None = all six
    """
    subjects = load_subjects()
    if held_out is not None and held_out not in subjects["styles"]:
        raise ValueError(f"No style {held_out!r} to hold out; expected one of {', '.join(subjects['styles'])} or null.")
    subjects["subjects"] = subjects["subjects"] + load_subjects(MORE_SUBJECTS_FILE)["subjects"]
    subjects["styles"] = {style: words for style, words in subjects["styles"].items() if style != held_out}
    return subjects


def truth(shown: list[Shown]) -> torch.Tensor:
    """Bool (B, B), true at (i, j) where all that caption j states is shown by picture i."""
    stated = [set(each.caption.facts) for each in shown]
    return torch.tensor([[facts <= each.facts for facts in stated] for each in shown])


class ClipPictures:
    """All training pictures in memory; `batch` draws from them, places them on grounds and spoils them."""

    def __init__(
        self, folder: Path, subjects: dict[str, Any], size: int, print_share: float, face_share: float, how: dict
    ) -> None:
        """Load from the data folder; `size` in pixels, the shares of a batch in [0, 1], `how` as clip.yaml's spoil."""
        self.pictures = Pictures(folder, subjects, STORED, print_share, face_share)
        self.subjects, self.size, self.how = subjects, size, how
        weights = np.array([how["style_weights"].get(style, 1.0) for style in self.pictures.styles])
        self.style_shares = weights / weights.sum()

    def batch(self, batch_size: int, rng: np.random.Generator) -> ClipBatch:
        """Draw pictures with captions; every random number comes from `rng`."""
        n_emoji, n_prints, n_faces, _ = (int(n) for n in rng.multinomial(batch_size, self.pictures.shares))
        drawn = [self._emoji(rng) for _ in range(n_emoji)] + [self._face(rng) for _ in range(n_faces)]
        prints = [self._print(rng) for _ in range(n_prints)]
        pictures = torch.empty(0, 3, self.size, self.size)
        if drawn:
            layers = recolour(torch.stack([layer for layer, _, _ in drawn]), self.how, rng)
            layers = warp(layers, self.size, self.how, rng)
            ground = torch.tensor(np.stack([colour for _, colour, _ in drawn]), dtype=torch.float32)[:, :, None, None]
            pictures = layers[:, :3] + ground / 255 * (1 - layers[:, 3:])
        pictures = torch.cat([pictures, *(picture[None] for picture, _ in prints)]).clamp(0, 1) * 2 - 1
        shown = [each for _, _, each in drawn] + [each for _, each in prints]
        return ClipBatch(spoil(pictures, self.how, rng), [each.caption.text for each in shown], truth(shown))

    def _emoji(self, rng: np.random.Generator) -> tuple[torch.Tensor, np.ndarray, Shown]:
        """An emoji's layers (4, 64, 64), the colour of its ground and its caption."""
        subject = int(rng.integers(len(self.subjects["subjects"])))
        style = str(rng.choice(self.pictures.styles, p=self.style_shares))
        ground, colour = self._ground(rng)
        caption = emoji_caption(self.subjects, subject, style, ground, rng)
        facts = {self.subjects["subjects"][subject]["say"][0], style, ground}
        return self.pictures.emoji[style][subject], colour, Shown(caption, facts)

    def _face(self, rng: np.random.Generator) -> tuple[torch.Tensor, np.ndarray, Shown]:
        """A drawn face on white."""
        style = list(self.pictures.faces)[int(rng.integers(len(self.pictures.faces)))]
        images, parts = self.pictures.faces[style]
        i = int(rng.integers(len(images)))
        rgba = torch.from_numpy(images[i].astype(np.float32) / 255).permute(2, 0, 1)
        layers = torch.cat([rgba[:3] * rgba[3:], rgba[3:]])
        caption = face_caption(self.subjects, style, parts[i], rng)
        return layers, np.full(3, 255.0), Shown(caption, {style, *parts[i]})

    def _ground(self, rng: np.random.Generator) -> tuple[str, np.ndarray]:
        if rng.random() >= self.how["coloured"]:
            return "white", np.full(3, 255.0)
        name = list(self.subjects["grounds"])[int(rng.integers(len(self.subjects["grounds"])))]
        colour = np.array(self.subjects["grounds"][name]) + rng.uniform(-GROUND_SPREAD, GROUND_SPREAD, size=3)
        return name, colour.clip(0, 255)

    def _print(self, rng: np.random.Generator) -> tuple[torch.Tensor, Shown]:
        """A square crop of a print, (3, size, size) in [0, 1]."""
        image, words = self.pictures.prints[int(rng.integers(len(self.pictures.prints)))]
        longest = min(image.size)
        side = rng.uniform(longest / 2, longest)
        left, top = rng.uniform(0, image.size[0] - side), rng.uniform(0, image.size[1] - side)
        box = (left, top, left + side, top + side)
        crop = image.resize((self.size, self.size), Image.Resampling.BILINEAR, box=box)
        picture = torch.from_numpy(np.asarray(crop, dtype=np.float32) / 255).permute(2, 0, 1)
        picture = picture.flip(-1) if rng.random() < 0.5 else picture
        # an oil painting is what a print may be called, too: captions.print_caption
        return picture, Shown(print_caption(self.subjects, words, rng), {"print", "noto", *words})


class SubjectPictures:
    """The artwork of all subjects by style, as it is, for measuring."""

    def __init__(self, folder: Path, subjects: dict[str, Any]) -> None:
        """Load every style that `subjects` names from the data folder."""
        self.layers = Pictures(
            folder, subjects, STORED, 0.0, 0.0
        ).emoji  # by style: premultiplied (subjects, 4, 64, 64)
        self.styles = list(self.layers)

    def plain(self, style: str, size: int) -> torch.Tensor:
        """All subjects in one style on white at their full size: (subjects, 3, size, size) in [-1, 1]."""
        layers = self.layers[style]
        layers = F.interpolate(layers, size=(size, size), mode="bilinear", antialias=True, align_corners=False)
        return (layers[:, :3] + 1 - layers[:, 3:]).clamp(0, 1) * 2 - 1
