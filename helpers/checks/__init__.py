"""The checks that notebooks call, one module a chapter; each registers itself (see registry.py)."""

import importlib
import pkgutil

from helpers.checks.registry import CHECKS

for _module in pkgutil.iter_modules(__path__):
    if _module.name.startswith("chapter_"):
        importlib.import_module(f"{__name__}.{_module.name}")

globals().update({f"check_{exercise}": function for exercise, function in CHECKS.items()})
__all__ = sorted(f"check_{exercise}" for exercise in CHECKS)  # noqa: PLE0605, as many as the chapters register
