"""What the notebooks of From Noise import: denoisers, schedules, data, checks and figures."""

from helpers.runtime import mend_torchvision
from helpers.version import __version__

__all__ = ["__version__"]

mend_torchvision()
