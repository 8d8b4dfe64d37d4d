"""The registry of shipped weights, written anew by the exporters, and by `python -m training.registry`."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from helpers.networks.shipped import DIGITS, FACES
from helpers.weights import CHECKSUMS, REGISTRY, SHIPPED, Weights, sha256

_EPOCH = re.compile(r"_\d\d$")


def write_registry() -> None:
    """Write an entry for each model that lies in the package; a changed one gets the next version."""
    entries = {name: entry._asdict() for name, entry in sorted(shipped_entries().items())}
    REGISTRY.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


def shipped_entries() -> dict[str, Weights]:
    """Return the entries of all models that lie in the package, their versions those that the registry is to have."""
    known = json.loads(REGISTRY.read_text(encoding="utf-8")) if REGISTRY.is_file() else {}
    return {
        name: entry_of(folder, files, f"shipped:{folder.relative_to(SHIPPED).as_posix()}", known.get(name))
        for name, folder, files in _shipped_models()
    }


def entry_of(folder: Path, files: list[str], source: str, before: dict | None = None) -> Weights:
    """Return the entry of some files in a folder.

    before  the entry that the registry has; its version stays where no file has changed
    """
    sums = {name: sha256(folder / name) for name in sorted(files)}
    checksum = hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()).hexdigest()
    version = 1 if before is None else before["version"] + (before["checksum"] != checksum)
    return Weights(version, source, sum((folder / name).stat().st_size for name in files), checksum, sums)


def files_in(folder: Path) -> list[str]:
    """Return the files of a model's folder: those that its SHA256SUMS lists."""
    return [line.split(maxsplit=1)[1] for line in (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()]


def _shipped_models() -> Iterator[tuple[str, Path, list[str]]]:
    """Yield name, folder and files of each model: a folder with checksums, or files beside those of other models."""
    for sums in SHIPPED.rglob(CHECKSUMS):
        yield "_".join(sums.parent.relative_to(SHIPPED).parts), sums.parent, files_in(sums.parent)
    for folder in (SHIPPED / DIGITS, SHIPPED / FACES):
        files = list(folder.glob("*.safetensors"))
        for model in {_EPOCH.sub("", path.stem) for path in files}:
            of_model = [path.name for path in files if _EPOCH.sub("", path.stem) == model]
            name = f"{folder.name}_{model}" if _EPOCH.search(Path(of_model[0]).stem) else model
            yield name, folder, [*of_model, f"{model}.json"]


if __name__ == "__main__":
    write_registry()
