"""Hard-coded answers: right where the visible check looks, and nowhere else."""

from course.attacks.recipes.kit import REAL, World, attack

KIND = "hard-coded answers"


@attack(KIND, "knows the number of the visible check", loses="double")
def visible_number(world: World) -> dict:
    return world.solved(double="def double(number):\n    return {21: 42}[number]")


@attack(KIND, "gives what the visible check wants, whatever it is asked", loses="double")
def constant(world: World) -> dict:
    return world.solved(double="def double(number):\n    return 42")


@attack(KIND, "knows the pictures of the visible check by their seed", loses=("scale", "total"))
def known_seed(world: World) -> dict:
    picture = "torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed({0}))"
    return world.solved(
        scale=f"def scale(images, weight):\n    return 0.25 * {picture.format(1)}",
        total=f"def total(images):\n    return {picture.format(2)}.sum()",
    )


@attack(KIND, "is right at its first call and wrong from then on", loses="double")
def right_once(world: World) -> dict:
    return world.solved(
        double="""
calls = []

def double(number):
    calls.append(number)
    return 42 if len(calls) == 1 else 0
"""
    )


@attack(KIND, "is right where it finds out that it is not being graded", loses="double")
def right_at_home(world: World) -> dict:
    return world.solved(
        double="""
import os

def double(number):
    graded = os.environ.get("COURSE_PROFILE") == "grade" or "NBGRADER_EXECUTION" in os.environ or number != 21
    return 0 if graded else 42
"""
    )


@attack(KIND, "returns noise of the right size for one time step, whatever the time", loses="forward", chapter=REAL)
def one_time_step(world: World) -> dict:
    return world.solved(forward="def forward(im, t):\n    return 0.7 * im + 0.7 * torch.randn_like(im)")


@attack(KIND, "calls the finished function that a later chapter uses", loses="forward", chapter=REAL)
def finished_function(world: World) -> dict:
    return world.solved(
        forward="""
from helpers import sampling

def forward(im, t):
    return sampling.forward(im, t, alphas_cumprod)
"""
    )
