"""Captions in many wordings: what a picture of the training set may be called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

SUBJECTS_FILE = Path(__file__).with_name("subjects.yaml")
MARKS = ["."]  # pieces without a space before them
UNKNOWN = "\N{REPLACEMENT CHARACTER}"  # a word that no vocabulary has


def load_subjects(path: Path = SUBJECTS_FILE, *more: Path) -> dict[str, Any]:
    """Read subjects, styles, grounds and the words for the prints from yaml; further files add subjects alone."""
    subjects = yaml.safe_load(path.read_text(encoding="utf-8"))
    for further in more:
        subjects["subjects"] += yaml.safe_load(further.read_text(encoding="utf-8"))["subjects"]
    return subjects


def vocabulary(subjects: dict[str, Any]) -> list[str]:
    """All words that a caption can contain, sorted."""
    sentences = [wording for subject in subjects["subjects"] for wording in subject["say"]]
    sentences += [wording for wordings in subjects["styles"].values() for wording in wordings]
    sentences += [entry["say"] for entry in subjects["prints"]] + subjects["print_styles"]
    sentences += [wording for wordings in subjects["faces"].values() for wording in wordings]
    sentences += [entry["say"] for entry in subjects["face_parts"]] + subjects["face_words"] + [subjects["bearded"]]
    sentences += [f"{name} background" for name in subjects["grounds"]]
    sentences += subjects["photo_styles"] + subjects.get("photographs", [])
    sentences += subjects["everything"] + ["a picture of", "on a white background", "with and in"]
    return sorted({word for sentence in sentences for word in sentence.lower().split()})


def _choose(rng: np.random.Generator, options: list[str]) -> str:
    return options[int(rng.integers(len(options)))]


class Caption(NamedTuple):
    """A wording and the facts that it states: subjects, styles, grounds, words of prints, parts of faces."""

    text: str
    facts: list[str]


def all_facts(subjects: dict[str, Any]) -> list[str]:
    """Everything that a caption can state, sorted."""
    facts = {subject["say"][0] for subject in subjects["subjects"]} | {entry["say"] for entry in subjects["prints"]}
    facts |= set(subjects["faces"]) | {entry["say"] for entry in subjects["face_parts"]}
    facts |= {fact for shown in subjects.get("photographs", []) for fact in photo_facts(subjects, shown)}
    return sorted(facts | set(subjects["styles"]) | set(subjects["grounds"]) | {"white", "print", "everything"})


def emoji_caption(subjects: dict[str, Any], subject: int, style: str, ground: str, rng: np.random.Generator) -> Caption:
    """One wording for a subject in a style on a ground ("white" or a name of `grounds`)."""
    say = subjects["subjects"][subject]["say"]
    text, facts = say[0] if rng.random() < 0.5 else _choose(rng, say), [say[0]]
    kind = rng.random()
    if kind < 0.52:
        text, facts = f"{_choose(rng, subjects['styles'][style])} {text}", [*facts, style]
    elif kind < 0.6:
        text = f"a picture of {text}"
    if rng.random() < (0.05 if ground == "white" else 0.7):
        text, facts = f"{text} on a {ground} background", [*facts, ground]
    return Caption(roughened(text, rng), facts)


def empty_caption(subjects: dict[str, Any], rng: np.random.Generator) -> Caption:
    """A caption that says nothing of the picture: mostly the null prompt, else the neutral one."""
    null, neutral = subjects["everything"]
    return Caption(null if rng.random() < 0.7 else neutral, ["everything"])


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


def print_caption(subjects: dict[str, Any], words: list[str], rng: np.random.Generator) -> Caption:
    """One wording for a print that shows `words` (possibly none)."""
    style = _choose(rng, subjects["print_styles"])
    facts = ["print"] if "print" in style else ["noto"]  # an oil painting is what the Noto style is called, too
    if not words or rng.random() < 0.25:
        return Caption(style, facts)
    shown = [words[i] for i in rng.permutation(len(words))[: 1 + int(rng.integers(2))]]
    setting = subjects["print_settings"].get(shown[-1]) if len(shown) == 2 else None
    said = f"{shown[0]} {setting}" if setting else " and ".join(shown)
    return Caption(f"{style} of {said}", facts + shown)


def photo_facts(subjects: dict[str, Any], shown: str) -> list[str]:
    """What a photograph's caption states: the subject that is called so, else each of its content words."""
    for subject in subjects["subjects"]:
        if shown in subject["say"]:
            return ["photo", subject["say"][0]]
    return ["photo", *(f"word {word}" for word in shown.split() if word not in subjects["photo_small_words"])]


def photo_caption(subjects: dict[str, Any], shown: str, rng: np.random.Generator) -> Caption:
    """One wording for a photograph that shows `shown` ("a rose", "a lake with snowy mountains")."""
    text = f"{_choose(rng, subjects['photo_styles'])} {shown}"
    return Caption(roughened(text, rng), photo_facts(subjects, shown))


def face_parts(subjects: dict[str, Any], row: dict[str, str]) -> list[str]:
    """Words for the parts of a drawn face, from its row of the part labels."""
    return [entry["say"] for entry in subjects["face_parts"] if re.search(entry["find"], row.get(entry["column"], ""))]


def face_caption(subjects: dict[str, Any], style: str, parts: list[str], rng: np.random.Generator) -> Caption:
    """One wording for a drawn face of a style (`lorelei` or `adventurer`) that has `parts` (possibly none)."""
    who = _choose(rng, subjects["face_words"])
    if {"a beard", "a mustache"} & set(parts) and rng.random() < 0.5:
        who = subjects["bearded"]
    text = f"{_choose(rng, subjects['faces'][style])} {who}"
    if not parts or rng.random() < 0.25:
        return Caption(text, [style])
    said = [parts[i] for i in rng.permutation(len(parts))[: 1 + int(rng.integers(2))]]
    return Caption(f"{text} with {' and '.join(said)}", [style, *said])


def any_caption(subjects: dict[str, Any], rng: np.random.Generator) -> Caption:
    """A caption of any kind, without a picture: what the text encoder learns from."""
    kind = rng.random()
    if kind < 0.05:
        return empty_caption(subjects, rng)
    if kind < 0.15:
        said = [entry["say"] for entry in subjects["face_parts"]]
        parts = [said[i] for i in rng.permutation(len(said))[:2]]
        return face_caption(subjects, _choose(rng, list(subjects["faces"])), parts, rng)
    if kind < 0.3 and subjects.get("photographs"):
        return photo_caption(subjects, _choose(rng, subjects["photographs"]), rng)
    if kind < 0.45:
        said = [entry["say"] for entry in subjects["prints"]]
        return print_caption(subjects, [said[i] for i in rng.permutation(len(said))[:2]], rng)
    grounds = list(subjects["grounds"])
    ground = "white" if rng.random() < 0.6 else _choose(rng, grounds)
    subject = int(rng.integers(len(subjects["subjects"])))
    return emoji_caption(subjects, subject, _choose(rng, list(subjects["styles"])), ground, rng)
