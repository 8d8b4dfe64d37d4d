"""Where a data set comes from: the first of its sources that is there, and a line that says which it was."""

import difflib
import importlib.util
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Data = TypeVar("Data")

# The data sets of the course and the folder of each under COURSE_DATA
FOLDERS = {"photos": "photos", "MNIST": "MNIST", "emoji": "emoji", "faces": "faces", "ukiyoe": "ukiyoe"}


@dataclass(frozen=True)
class Source(Generic[Data]):
    """One place to look for a data set.

    name  as in "photographs from <name>"
    find  called without arguments; returns the data, or None where this source is not there.
          Raises where the source is there and broken: a wrong layout is for the reader to mend, not to be passed over.
    """

    name: str
    find: Callable[[], Data]


@dataclass(frozen=True)
class Found(Generic[Data]):
    """A data set and where it came from."""

    data: Data
    line: str  # one sentence for the reader
    is_stand_in: bool


def first_of(what: str, sources: Iterable[Source[Data | None]], stand_in: Source[Data]) -> Found[Data]:
    """Return the data of the first source that is there, else the stand-in.

    what      the data set, as in "photographs from the data folder"
    sources   in order of preference
    stand_in  always there
    """
    missing = []
    for source in sources:
        if (data := source.find()) is not None:
            return Found(data, f"{what} from {source.name}.", is_stand_in=False)
        missing.append(source.name)
    line = f"{what} from {stand_in.name}, standing in for {' and '.join(missing)}, not found here."
    return Found(stand_in.find(), line, is_stand_in=True)


def data_folder(data_set: str) -> Path | None:
    """Return the folder of a data set under COURSE_DATA; None where COURSE_DATA is not set or lacks this one set.

    data_set  a key of FOLDERS
    Raises FileNotFoundError where COURSE_DATA is set and is no data folder at all.
    """
    root = os.environ.get("COURSE_DATA")
    if not root:
        return None
    present = [name for name, folder in FOLDERS.items() if (Path(root) / folder).is_dir()]
    if not present:
        raise FileNotFoundError(
            f"COURSE_DATA is {root}, which holds none of the folders {', '.join(FOLDERS.values())}. Point it at the "
            "folder that holds them, or unset it."
        )
    return Path(root) / FOLDERS[data_set] if data_set in present else None


def package_folder(package: str) -> Path:
    """Return the folder of an installed package, found without importing it.

    Raises ModuleNotFoundError where it is not installed.
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"The package {package}, whose files stand in for data, is missing. Install it.")
    return Path(found.origin).parent


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the three known names most like `name`, quoted and separated by commas, for an error."""
    return ", ".join(map(repr, difflib.get_close_matches(name, list(known), n=3, cutoff=0.0)))
