"""Where the course keeps what it downloaded or computed once."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """Return the folder of that name under COURSE_CACHE, by default ~/.cache/from-noise; it need not exist yet."""
    root = os.environ.get("COURSE_CACHE") or Path.home() / ".cache" / "from-noise"
    return Path(root) / name
