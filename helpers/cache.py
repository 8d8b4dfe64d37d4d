"""Where the course keeps what it downloaded or computed once, and how weights are written and read."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """Return the folder of that name under COURSE_CACHE, by default ~/.cache/from-noise; it need not exist yet."""
    root = os.environ.get("COURSE_CACHE") or Path.home() / ".cache" / "from-noise"
    return Path(root) / name


def load_widened(path: Path) -> tuple[dict, dict[str, str]]:
    """Return the tensors of a safetensors file, those of float type in float32, and its header."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118, a safetensors file is no dict
        header = file.metadata() or {}
    return {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}, header


def save_checkpoint(state: dict, path: Path) -> None:
    """Write a state with torch.save in one move: a kill leaves the old file or the new one, never half of one."""
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
