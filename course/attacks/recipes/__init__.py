"""The attacks and faults that a grader has to survive, each with the mark that it deserves.

Each is a function decorated with its class, a sentence, and what it loses; the modules group them. `course attacks`
grades them, each with an honest classmate behind it.
"""

from course.attacks.recipes import (
    accidents,
    active,
    cells,
    ending,
    files,
    flooding,
    forging,
    hard_coded,
    interpreter,
    leaving,
    metadata,
    network,
    objects,
    reading,
    writing,
)
from course.attacks.recipes.kit import ATTACKS, Attack, World

__all__ = [
    "ATTACKS", "Attack", "World", "accidents", "active", "cells", "ending", "files", "flooding", "forging",
    "hard_coded", "interpreter", "leaving", "metadata", "network", "objects", "reading", "writing",
]  # fmt: skip
