"""Checks of chapter 10: the schedule, the network with time, the loss and the sampler."""

import torch
from torch import nn

from helpers.checks.chapter_09 import GELU_FIRST, NO_GELU, RELU
from helpers.checks.ddpm import digit_schedule, losses, require_loss_and_gradient, require_noising, require_times_drawn
from helpers.checks.diagnosis import nearest, same
from helpers.checks.networks import Operation, require_operation, require_same_network
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.samplers import require_steps
from helpers.checks.student_function import StudentFunction
from helpers.networks import mnist

_EQ_SCHEDULE = "the definition of beta, alpha and alpha-bar in chapter 2; Ho et al. 2020, section 2"
_TIME = "the two paragraphs before this exercise"

_SCHEDULE_MISTAKES = mistakes(_EQ_SCHEDULE, {
    ("sum_for_product", "alpha_bars are sums: take the running product of the alphas"):
        ("alpha_bars", lambda b: (1 - b).cumsum(0)),
    ("product_of_betas", "alpha_bars are products of the betas: take those of the alphas"):
        ("alpha_bars", lambda b: b.cumprod(0)),
    ("alphas_for_alpha_bars", "alpha_bars are the alphas themselves"): ("alpha_bars", lambda b: 1 - b),
    ("one_step_late", "alpha_bars begin with 1: here alpha_bars[0] is alphas[0]"):
        ("alpha_bars", lambda b: torch.cat([torch.ones(1).to(b), (1 - b).cumprod(0)[:-1]])),
    ("alphas_are_roots", "the alphas are roots of 1 - beta"): ("alphas", lambda b: (1 - b).sqrt()),
    ("alphas_are_betas", "alphas are the betas: alpha = 1 - beta"): ("alphas", lambda b: b),
    ("betas_reversed", "the betas fall: they rise from beta1 to beta2"): ("betas", lambda b: b.flip(0)),
    ("end_left_out", "the betas end before beta2: arange leaves the end out"):
        ("betas", lambda b: b[0] + (b[-1] - b[0]) * torch.arange(len(b)).to(b) / len(b)),
})  # fmt: skip


@check("ddpm_schedule")
def check_ddpm_schedule(ddpm_schedule, seed: int = 0) -> None:
    """Check `ddpm_schedule(beta1, beta2, num_ts)` at three lengths. Raises CheckFailed with the mistake that fits."""
    names = ("betas", "alphas", "alpha_bars")
    student = StudentFunction(
        "ddpm_schedule",
        lambda *args: torch.stack([torch.as_tensor(_entry(ddpm_schedule(*args), name)) for name in names]),
    )
    for beta1, beta2, num_ts in ((1e-4, 0.02, 300), (0.01, 0.2, 17 + seed), (1e-3, 0.05, 100)):
        got = student.picture(beta1, beta2, num_ts, shape=(3, num_ts))
        betas = torch.linspace(beta1, beta2, num_ts, dtype=torch.float64)
        right = torch.stack([betas, 1 - betas, (1 - betas).cumprod(0)])
        for row, name in enumerate(names):
            if same(got.value[row], right[row], 2e-5):
                continue
            wrong = {mistake: rule(betas) for mistake, (of, rule) in _SCHEDULE_MISTAKES.items() if of == name}
            place = int((got.value[row] - right[row]).abs().argmax())
            student.fail(
                f"{name} are wrong for {num_ts} steps",
                expected=f"{name}[{place}] = {right[row][place]:.6g}",
                got=f"{got.value[row][place]:.6g}",
                mistake=nearest(got.value[row], wrong, 2e-5),
                read=_EQ_SCHEDULE,
            )
    passed("ddpm_schedule", "betas, alphas and alpha_bars are right at three lengths")


def _entry(schedule, name: str):
    if not hasattr(schedule, "keys") or name not in schedule:
        raise KeyError(f"the schedule has no entry {name!r}")
    return schedule[name]


@check("fc_block")
def check_fc_block(fc_block, seed: int = 0) -> None:
    """Check `fc_block(in_features, out_features)`: Linear, GELU, Linear. Raises CheckFailed."""
    c_in, c_out = 1 + seed, 6
    linear = nn.Linear
    wrong = {
        NO_GELU: nn.Sequential(linear(c_in, c_out), linear(c_out, c_out)),
        RELU: nn.Sequential(linear(c_in, c_out), nn.ReLU(), linear(c_out, c_out)),
        GELU_FIRST: nn.Sequential(nn.GELU(), linear(c_in, c_out), linear(c_out, c_out)),
        Mistake("gelu_at_the_end", "a GELU stands behind the last layer: nothing below 0 can be added", _TIME): (
            nn.Sequential(linear(c_in, c_out), nn.GELU(), linear(c_out, c_out), nn.GELU())
        ),
        Mistake("wide_in_the_middle", "the first layer keeps in_features: it leads to out_features", _TIME): (
            nn.Sequential(linear(c_in, c_in), nn.GELU(), linear(c_in, c_out))
        ),
    }
    operation = Operation((c_in, c_out), mnist.FCBlock(c_in, c_out), wrong, (5, c_in), (5, c_out), _TIME)
    require_operation(StudentFunction("fc_block", fc_block), operation, seed)
    passed("fc_block", "it computes what the text says")


@check("TimeConditionalUNet")
def check_TimeConditionalUNet(TimeConditionalUNet, seed: int = 0) -> None:  # noqa: N802, N803, the student's class
    """Check `TimeConditionalUNet(in_channels, num_hiddens)`: parameters, gradients, and where the time comes in."""
    student = StudentFunction("TimeConditionalUNet", TimeConditionalUNet)
    width = (16, 8, 24, 12, 20)[seed % 5]
    source = torch.Generator().manual_seed(seed)
    inputs = torch.rand((3, 1, 28, 28), generator=source), torch.rand(3, generator=source)
    wrong = {name: _Rewired(width, rule) for name, rule in _TIME_MISTAKES.items()}
    right = mnist.TimeConditionalUNet(1, width)
    require_same_network(student, student.module(1, width), right, wrong, inputs, _TIME)
    require_same_network(student, student.module(1, width), right, wrong, (inputs[0], inputs[1][:, None]), _TIME)
    passed(
        "TimeConditionalUNet", "its size, its wiring and its gradients are right, and the time comes in where it should"
    )


class _Rewired(mnist.TimeConditionalUNet):
    """The network with the time brought in another way: rule(network, unflat or up, t, place)."""

    def __init__(self, width: int, rule):
        super().__init__(1, width)
        self.rule = rule

    def forward(self, x, t):
        t = t.reshape(-1, 1)
        return self._run(x, lambda unflat: self.rule(self, unflat, t, 1), lambda up: self.rule(self, up, t, 2))


def _maps(features: torch.Tensor) -> torch.Tensor:
    return features[:, :, None, None]


def _block(network, place: int) -> nn.Module:
    return network.t1 if place == 1 else network.t2


_TIME_MISTAKES = mistakes(_TIME, {
    ("t1_missing", "the time is not added behind Unflatten"):
        lambda net, maps, t, place: maps + _maps(net.t2(t)) if place == 2 else maps,
    ("t2_missing", "the time is not added behind the first UpBlock"):
        lambda net, maps, t, place: maps + _maps(net.t1(t)) if place == 1 else maps,
    ("time_multiplied", "the feature maps are multiplied by the time's numbers: add them"):
        lambda net, maps, t, place: maps * _maps(_block(net, place)(t)),
    ("time_subtracted", "the time's numbers are subtracted: add them"):
        lambda net, maps, t, place: maps - _maps(_block(net, place)(t)),
    ("one_time_for_all", "every picture gets the time of the first one"):
        lambda net, maps, t, place: maps + _maps(_block(net, place)(t[:1].expand(len(t), 1))),
    ("t_scaled", "t is divided again: it comes normalised"):
        lambda net, maps, t, place: maps + _maps(_block(net, place)(t / 300)),
})  # fmt: skip


@check("ddpm_forward")
def check_ddpm_forward(ddpm_forward, seed: int = 0) -> None:
    """Check `ddpm_forward(unet, ddpm_schedule, x_0, num_ts)`: x_t, the times, the loss and its gradient.

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("ddpm_forward", ddpm_forward)
    num_ts = 12 + seed % 5
    found = losses(student, num_ts, 40, seed)
    require_times_drawn(student, found, num_ts)
    require_noising(student, found, digit_schedule(num_ts))
    require_loss_and_gradient(student, found[:5], digit_schedule(num_ts))
    passed("ddpm_forward", f"x_t, {16 * len(found)} times, the loss and its gradient are right")


@check("ddpm_sample")
def check_ddpm_sample(ddpm_sample, seed: int = 0) -> None:
    """Check `ddpm_sample(unet, ddpm_schedule, count, num_ts)` step by step. Raises CheckFailed."""
    student = StudentFunction("ddpm_sample", ddpm_sample)
    for num_ts, count in ((12 + seed % 4, 3), (20, 1)):
        require_steps(student, num_ts, count, seed)
    passed("ddpm_sample", "every step has the right mean and noise, from t = T - 1 to 0")
