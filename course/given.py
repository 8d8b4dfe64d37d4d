"""What the set-up cells of a chapter define, as a recorded answer finds it: solutions/given/, small and quick."""

import importlib.util
from pathlib import Path
from types import ModuleType

from course.paths import Paths


def given_files(paths: Paths, chapter: str) -> list[Path]:
    """Return the files behind a chapter's objects: what all chapters share, then the chapter's own where it has one."""
    own = paths.given / f"{chapter}.py"
    return [paths.given / "shared.py", *([own] if own.is_file() else [])]


def given_objects(paths: Paths, chapter: str, stage_1) -> dict:
    """Return the namespace in which an answer to an exercise of a chapter runs.

    stage_1  the exact denoiser's pipeline
    """
    shared, *own = (_loaded(path) for path in given_files(paths, chapter))
    return shared.given(stage_1) | {name: value for module in own for name, value in module.given().items()}


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"given_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
