"""Checks of chapter 11: classes as numbers, the network with class, its loss, guided sampling, and flow matching."""

from collections.abc import Callable

import torch

from helpers.checks.ddpm import (
    digit_schedule,
    losses,
    require_loss_and_gradient,
    require_noising,
    require_times_drawn,
)
from helpers.checks.flow import require_euler, require_flow_loss
from helpers.checks.networks import require_same_network
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.samplers import require_guided_steps
from helpers.checks.spies import ToyClassDenoiser
from helpers.checks.student_function import StudentFunction
from helpers.networks import mnist

_CLASS = "the paragraph on one-hot vectors in this chapter"
_DROP = "the paragraph on dropping the class in this chapter; Ho and Salimans 2022, algorithm 1"
_WIRING = "the two paragraphs before this exercise"

_CLASS_MISTAKES: dict[Mistake, Callable] = mistakes(_WIRING, {
    ("c1_missing", "the class does not scale Unflatten's output"):
        lambda net, maps, c, t, place: maps + t if place == 1 else c * maps + t,
    ("c2_missing", "the class does not scale the first UpBlock's output"):
        lambda net, maps, c, t, place: maps + t if place == 2 else c * maps + t,
    ("class_added", "the class is added: it scales, the time is added"): lambda net, maps, c, t, place: maps + c + t,
    ("roles_swapped", "the time scales and the class is added: it is the other way round"):
        lambda net, maps, c, t, place: t * maps + c,
    ("time_missing", "the time is not added"): lambda net, maps, c, t, place: c * maps,
    ("sum_scaled", "the class scales the time, too: c * maps + t, not c * (maps + t)"):
        lambda net, maps, c, t, place: c * (maps + t),
})  # fmt: skip


class _Rewired(mnist.ClassConditionalUNet):
    """The network with class and time brought in another way."""

    def __init__(self, width: int, rule: Callable):
        super().__init__(1, width)
        self.rule = rule

    def forward(self, x, c, t):
        t = t.reshape(-1, 1)
        numbers = {1: (self.c1(c), self.t1(t)), 2: (self.c2(c), self.t2(t))}

        def at(place: int) -> Callable:
            features = [each[:, :, None, None] for each in numbers[place]]
            return lambda maps: self.rule(self, maps, *features, place)

        return self._run(x, at(1), at(2))


@check("ClassConditionalUNet")
def check_ClassConditionalUNet(ClassConditionalUNet, seed: int = 0) -> None:  # noqa: N802, N803, the student's class
    """Check `ClassConditionalUNet(in_channels, num_hiddens)`: parameters, gradients, where class and time come in."""
    student = StudentFunction("ClassConditionalUNet", ClassConditionalUNet)
    width = (16, 8, 24, 12, 20)[seed % 5]
    source = torch.Generator().manual_seed(seed)
    pictures, times = torch.rand((3, 1, 28, 28), generator=source), torch.rand(3, generator=source)
    classes = torch.eye(10)[[seed % 10, (seed + 3) % 10, 0]] * torch.tensor([[1.0], [1.0], [0.0]])
    wrong = {name: _Rewired(width, rule) for name, rule in _CLASS_MISTAKES.items()}
    right = mnist.ClassConditionalUNet(1, width)
    require_same_network(student, student.module(1, width), right, wrong, (pictures, classes, times), _WIRING)
    passed(
        "ClassConditionalUNet", "its size, its wiring and its gradients are right; the class scales, the time is added"
    )


INVERTED = Mistake("mask_inverted", "the mask is inverted: p_uncond is the share that is dropped", _DROP)
NEVER = Mistake("never_dropped", "no class is ever dropped: with probability p_uncond it is to become zeros", _DROP)
WHOLE_BATCH = Mistake(
    "whole_batch", "the classes of a batch are kept or dropped together: draw for each picture", _DROP
)
NEGATIVE = Mistake("sign_inverted", "the one-hot vectors have the wrong sign: a 1 at the class", _CLASS)
TO_CLASS_0 = Mistake("dropped_to_class_0", "a dropped class becomes class 0: it is to become a row of zeros", _DROP)
NUMBERS = Mistake("not_one_hot", "the network gets the class as a number: it takes a one-hot vector", _CLASS)
BY_ENTRY = Mistake("dropped_by_entry", "the entries of a vector are dropped one by one: a class as a whole", _DROP)


@check("class_ddpm_forward")
def check_class_ddpm_forward(class_ddpm_forward, seed: int = 0) -> None:
    """Check `class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts)`: classes, times, loss.

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("class_ddpm_forward", class_ddpm_forward)
    num_ts, p_uncond = 12 + seed % 5, 0.25
    labels = [torch.randint(0, 10, (16,), generator=torch.Generator().manual_seed(50 * seed + n)) for n in range(40)]
    found = losses(student, num_ts, 40, seed, lambda number: (labels[number], p_uncond), ToyClassDenoiser)
    _require_classes(student, [one.classes for one in found], labels, p_uncond)
    require_times_drawn(student, found, num_ts)
    require_noising(student, found, digit_schedule(num_ts))
    require_loss_and_gradient(student, found[:5], digit_schedule(num_ts))
    passed("class_ddpm_forward", f"the classes of {16 * len(found)} pictures, x_t, the loss and its gradient are right")


def _require_classes(
    student: StudentFunction, classes: list[torch.Tensor], labels: list[torch.Tensor], p_uncond: float
) -> None:
    shape = tuple(classes[0].shape)
    if shape != (16, 10):
        numbers = NUMBERS if classes[0].numel() == 16 else None
        student.fail(
            "the network gets classes of another shape",
            expected="(16, 10)",
            got=str(shape),
            mistake=numbers,
            read=_CLASS,
        )
    given, wanted = torch.cat(classes), torch.eye(10, dtype=torch.float64)[torch.cat(labels)]
    dropped = (given == 0).all(1)
    kept = (given == wanted).all(1)
    other = ~dropped & ~kept
    if other.any():
        first = int(other.nonzero()[0])
        rows = given[other]
        of_class_0 = (rows == torch.eye(10, dtype=torch.float64)[0]).all(1)
        mistake = NEGATIVE if bool((rows <= 0).all()) else TO_CLASS_0 if bool(of_class_0.all()) else None
        student.fail(
            "a picture's class is neither its own nor dropped",
            expected=f"a 1 at place {int(wanted[first].argmax())}, or zeros",
            got=", ".join(f"{value:g}" for value in given[first].tolist()),
            mistake=mistake,
            read=_CLASS,
        )
    _require_share_dropped(student, dropped, p_uncond)


def _require_share_dropped(student: StudentFunction, dropped: torch.Tensor, p_uncond: float) -> None:
    by_batch = dropped.reshape(-1, 16)
    share = dropped.double().mean().item()
    if bool((by_batch == by_batch[:, :1]).all()) and 0 < share < 1:
        student.fail("all classes of a batch are dropped together", mistake=WHOLE_BATCH, read=_DROP)
    if abs(share - p_uncond) > 0.08:
        mistake = NEVER if share == 0 else INVERTED if abs(share - (1 - p_uncond)) < 0.08 else None
        mistake = mistake or (BY_ENTRY if share > p_uncond else None)
        student.fail(
            "another share of the classes is dropped",
            expected=f"about {p_uncond:.0%}",
            got=f"{share:.0%} of {len(dropped)}",
            mistake=mistake,
            read=_DROP,
        )


@check("class_ddpm_sample")
def check_class_ddpm_sample(class_ddpm_sample, seed: int = 0) -> None:
    """Check `class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts)`: guidance and step. Raises CheckFailed."""
    student = StudentFunction("class_ddpm_sample", class_ddpm_sample)
    for num_ts, scale in ((10 + seed % 4, 5), (14, 1.5 + seed)):
        require_guided_steps(student, num_ts, scale, seed)
    passed("class_ddpm_sample", "guidance, mean and noise of every step are right, from t = T - 1 to 0")


@check("flow_forward")
def check_flow_forward(flow_forward, seed: int = 0) -> None:
    """Check `flow_forward(unet, x_0)`: the path, the times, and the loss of the velocity. Raises CheckFailed."""
    require_flow_loss(StudentFunction("flow_forward", flow_forward), seed)
    passed("flow_forward", "the path, the times and the loss of the velocity are right")


@check("flow_sample")
def check_flow_sample(flow_sample, seed: int = 0) -> None:
    """Check `flow_sample(unet, count, steps)`: Euler steps from noise to pictures. Raises CheckFailed."""
    for steps in (10, 23 + seed):
        require_euler(StudentFunction("flow_sample", flow_sample), steps, seed)
    passed("flow_sample", "every Euler step is right, from noise at time 0 to a picture at time 1")
