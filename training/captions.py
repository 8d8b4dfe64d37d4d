"""Captions in many wordings: what a picture of the training set may be called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import yaml

SUBJECTS_FILE = Path(__file__).with_name("subjects.yaml")
MARKS = ["."]  # pieces without a space before them
UNKNOWN = "\N{REPLACEMENT CHARACTER}"  # a word that no vocabulary has


def load_subjects(path: Path = SUBJECTS_FILE) -> dict[str, Any]:
    """Read subjects, styles, grounds and the words for the prints from yaml."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def vocabulary(subjects: dict[str, Any]) -> list[str]:
    """All words that a caption can contain, sorted."""
    sentences = [wording for subject in subjects["subjects"] for wording in subject["say"]]
    sentences += [wording for wordings in subjects["styles"].values() for wording in wordings]
    sentences += [entry["say"] for entry in subjects["prints"]] + subjects["print_styles"]
    sentences += [f"{name} background" for name in subjects["grounds"]]
    sentences += subjects["everything"] + ["a picture of", "on a white background"]
    return sorted({word for sentence in sentences for word in sentence.lower().split()})


def _choose(rng: np.random.Generator, options: list[str]) -> str:
    return options[int(rng.integers(len(options)))]


def emoji_caption(subjects: dict[str, Any], subject: int, style: str, ground: str, rng: np.random.Generator) -> str:
    """One wording for a subject in a style on a ground ("white" or a name of `grounds`)."""
    say = subjects["subjects"][subject]["say"]
    caption = say[0] if rng.random() < 0.5 else _choose(rng, say)
    kind = rng.random()
    if kind < 0.6:
        caption = f"{_choose(rng, subjects['styles'][style]) if kind < 0.52 else 'a picture of'} {caption}"
    if rng.random() < (0.05 if ground == "white" else 0.7):
        caption = f"{caption} on a {ground} background"
    return roughened(caption, rng)


def roughened(caption: str, rng: np.random.Generator) -> str:
    """Now and then drop the articles, end with a full stop or add an unknown word, so that none of these hurts."""
    words = caption.split()
    if rng.random() < 0.1:
        words = [word for word in words if word not in ("a", "an", "the")]
    if rng.random() < 0.05:
        words.insert(int(rng.integers(len(words) + 1)), UNKNOWN)
    return " ".join(words) + ("." if rng.random() < 0.05 else "")


def print_words(subjects: dict[str, Any], text: str) -> list[str]:
    """Words for what a print shows, found in its title and description."""
    return [entry["say"] for entry in subjects["prints"] if re.search(entry["find"], text.lower())]


def print_caption(subjects: dict[str, Any], words: list[str], rng: np.random.Generator) -> str:
    """One wording for a print that shows `words` (possibly none)."""
    style = _choose(rng, subjects["print_styles"])
    if not words or rng.random() < 0.25:
        return style
    shown = [words[i] for i in rng.permutation(len(words))[: 1 + int(rng.integers(2))]]
    return f"{style} of {' and '.join(shown)}"
