"""Subjects for every emoji that all styles have, worded from its name and keywords: drawn more rarely than others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from training.pictures import emoji_key

KEYWORDS = 4  # at most so many of an emoji's keywords become wordings


def with_all_emoji(subjects: dict[str, Any], data: Path) -> dict[str, Any]:
    """Add a subject for each emoji of the data folder that has none of its own yet; `subjects` stays as it was.

    data  the data folder, with emoji/<style>.json
    """
    listed = [_entries(data, style) for style in subjects["styles"]]
    drawn = {emoji_key(subject["draw"]) for subject in subjects["subjects"] if isinstance(subject["draw"], str)}
    taken = {say for subject in subjects["subjects"] for say in subject["say"]}
    added = []
    for key, entry in listed[0].items():
        if key not in drawn and all(key in others for others in listed[1:]):
            say = [wording for wording in wordings(entry) if wording not in taken]
            if say:
                taken.add(say[0])
                added.append({"say": say, "draw": entry["emoji"], "rare": True})
    return {**subjects, "subjects": [*subjects["subjects"], *added]}


def wordings(entry: dict[str, Any]) -> list[str]:
    """What an emoji may be called: its name with an article, the bare name, and the name with a keyword."""
    name = _plain(entry["name"])
    keywords = [_plain(keyword) for keyword in entry.get("keywords", [])]
    others = [keyword for keyword in keywords if keyword and not set(keyword.split()) & set(name.split())]
    article = "an" if name[0] in "aeiou" else "a"
    return [f"{article} {name}", name, *(f"{article} {name} {keyword}" for keyword in others[:KEYWORDS])]


def _entries(data: Path, style: str) -> dict[str, dict[str, Any]]:
    entries = json.loads((data / "emoji" / f"{style}.json").read_text(encoding="utf-8"))
    return {emoji_key(entry["emoji"]): entry for entry in entries}


def _plain(text: str) -> str:
    """Lower case, letters, digits, hyphens and apostrophes only: what the word tokenizer splits at spaces."""
    return " ".join(re.sub(r"[^\w' -]", " ", text.lower().replace("’", "'")).split())
