"""The weights that the course needs: one registry of names, versions, sizes, checksums and files, and where they lie.

`registry.json` is written by the exporters of the trained models. By default all weights are shipped with the package
and no network is asked; the `source` of an entry lets its weights lie elsewhere.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

SHIPPED = Path(__file__).resolve().parent
REGISTRY = SHIPPED / "registry.json"
CHECKSUMS = "SHA256SUMS"
CURE = "Install the package again (pip install --force-reinstall --no-deps from-noise), or restore the folder with git."

# How the part of a source before the colon finds the folder that the part behind it names.
SOURCES: dict[str, Callable[[str], Path]] = {
    "shipped": SHIPPED.joinpath,
    "folder": lambda place: Path(place).expanduser(),
}


class Weights(NamedTuple):
    """One entry of the registry.

    version   a whole number, one more whenever the files change
    source    where the folder is: "shipped:mnist" (in this package) or "folder:/mnt/models/mnist"; see SOURCES
    size      bytes of all files
    checksum  SHA-256 of the list of files as `sha256sum` writes it
    files     {path in the folder: SHA-256}
    """

    version: int
    source: str
    size: int
    checksum: str
    files: dict[str, str]


@functools.cache
def registry() -> dict[str, Weights]:
    """Return the entries of the registry by their names."""
    return {name: Weights(**entry) for name, entry in json.loads(REGISTRY.read_text(encoding="utf-8")).items()}


def weights(name: str) -> Path:
    """Return the folder of a model's weights, after its files have been compared with the registry's checksums.

    name  such as "pocket" or "mnist_time"
    Raises ValueError for a name that the registry lacks and for a damaged file, FileNotFoundError for a missing one.
    """
    folder = folder_of(name)
    verify(folder, registry()[name].files)
    return folder


def folder_of(name: str) -> Path:
    """Return where a model's weights are to lie, whether they are there or not.

    Raises ValueError for a name that the registry lacks, and for a source that it does not know.
    """
    if name not in registry():
        near = ", ".join(get_close_matches(name, registry())) or ", ".join(registry())
        raise ValueError(f"The registry has no weights {name!r}; near it: {near}. See helpers/weights/registry.json.")
    kind, _, place = registry()[name].source.partition(":")
    if kind not in SOURCES:
        known = ", ".join(f"{source}:..." for source in SOURCES)
        raise ValueError(f"The weights {name!r} have the source {kind!r}; expected one of {known}. Correct {REGISTRY}.")
    return SOURCES[kind](place)


def verify(folder: Path, files: Mapping[str, str]) -> None:
    """Compare files in a folder with their SHA-256 checksums (10 MB take 10 ms).

    Raises FileNotFoundError for what is missing, ValueError for a file that is cut short or altered.
    """
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise FileNotFoundError(f"The model in {folder} lacks the file {name}. {CURE}")
        found = sha256(path)
        if found != expected:
            raise ValueError(
                f"The model file {path} is damaged: it has {path.stat().st_size} bytes and sha256 {found[:12]}..., "
                f"expected sha256 {expected[:12]}... . {CURE}"
            )


def verify_folder(folder: Path) -> None:
    """Compare each file of a folder that stands in no registry with its own SHA256SUMS, as `sha256sum -c` does.

    Raises FileNotFoundError for what is missing, ValueError for a file that is cut short or altered.
    """
    sums = folder / CHECKSUMS
    if not sums.is_file():
        raise FileNotFoundError(f"No model in {folder}: {CHECKSUMS} is not there. {CURE}")
    lines = [line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines()]
    verify(folder, {name: expected for expected, name in lines})


def sha256(path: Path) -> str:
    """Return the SHA-256 checksum of a file as 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
