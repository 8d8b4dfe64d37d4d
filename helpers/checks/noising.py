"""Measures what a noising function does: how much of the picture it keeps and what noise it adds.

x_t = signal * im + noise_std * eps (Ho et al. 2020, eq. 4) is linear in im, so the same random numbers with
another picture show `signal` by itself, and a grey picture (im = 0) shows the noise by itself.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch

from helpers.checks.diagnosis import diagnose
from helpers.checks.report import Mistake, mistakes
from helpers.checks.student_function import StudentFunction


class Noising(NamedTuple):
    """What one call was measured to do, each number with the error that chance and rounding allow."""

    signal: float
    signal_error: float
    noise_mean: float
    noise_std: float
    noise_error: float
    noise: torch.Tensor


class Law(NamedTuple):
    """signal and noise_std that a formula gives at one t; a mistake's law is what its wrong formula gives."""

    signal: float
    noise_std: float


SHARED = Mistake("noise_shared", "one noise picture is used for all channels or all pictures: draw it with im's shape")
FIXED = Mistake("noise_fixed", "the random source starts anew inside the function, so each call adds the same noise")
UNIFORM = Mistake("uniform_noise", "the noise is uniform (rand): eps is Gaussian (randn)", "Ho et al. 2020, eq. 4")
CENTRED = Mistake("noise_not_centred", "the noise has a mean other than 0: rand in place of randn?")
RESCALED = Mistake("im_rescaled", "im is rescaled by 2 im - 1 although it lies in [-1, 1] already")


def measure(student: StudentFunction, t, shape: tuple[int, ...], seed: int) -> Noising:
    """Measure a function (im, t) -> x_t at one t on pictures of one shape."""
    source = torch.Generator().manual_seed(seed)
    im = torch.rand(shape, generator=source) * 2 - 1
    full = student.picture(im, t, shape=shape, seed=seed)
    noise = student.picture(torch.zeros(shape), t, shape=shape, seed=seed).value
    im = im.double()
    signal = ((full.value - noise) * im).sum() / im.square().sum()
    rest = full.value - noise - signal * im
    count = im.numel()
    signal_error = full.tolerance + 5 * rest.std() / im.square().sum().sqrt()
    noise_error = full.tolerance + 5 * noise.std() / (2 * count) ** 0.5
    return Noising(
        signal.item(), signal_error.item(), noise.mean().item(), noise.std().item(), noise_error.item(), noise
    )


def require_law(
    student: StudentFunction, found: Noising, t: int, right: Law, wrong: dict[Mistake, Law], read: str
) -> None:
    """Require that a measurement agrees with the law; where it differs, name the mistake whose law fits."""

    def fit(law: Law) -> float:
        errors = abs(found.signal - law.signal) / found.signal_error, abs(found.noise_std - law.noise_std)
        return float(max(errors[0], errors[1] / found.noise_error))

    offset = abs(found.noise_mean) > 7 * found.noise_std / found.noise.numel() ** 0.5 + found.noise_error / 10
    if fit(right) <= 1 and not offset:
        return
    mistake = diagnose({name: [fit(law)] for name, law in wrong.items()})
    if offset:
        mistake = RESCALED if fit(Law(2 * right.signal, right.noise_std)) <= 1 else CENTRED
    student.fail(
        f"x_t is wrong at t = {t}",
        expected=f"{right.signal:.4f} × im + {right.noise_std:.4f} × noise",
        got=f"{found.signal:.4f} × im + {found.noise_std:.4f} × noise"
        + (f", and a constant {found.noise_mean:+.4f}" if offset else ""),
        mistake=mistake,
        read=read,
    )


def require_gaussian(student: StudentFunction, found: Noising, again: torch.Tensor) -> None:
    """Require that the noise is N(0, I): Gaussian, drawn anew for each picture, channel, pixel and call.

    found  a measurement on at least two pictures; again  the noise of another call, same shape
    """
    eps = (found.noise - found.noise.mean()) / found.noise.std()
    count = eps.numel()
    kurtosis = eps.pow(4).mean().item() - 3
    if abs(kurtosis) > 6 * (24 / count) ** 0.5 + 0.02:
        student.fail(
            "the noise is not Gaussian", expected="kurtosis 3", got=f"kurtosis {kurtosis + 3:.2f}", mistake=UNIFORM
        )
    limit = 6 / (count / 2) ** 0.5
    pairs = {
        "channels": (eps[:, :1], eps[:, 1:2]),
        "pictures of a batch": (eps[:1], eps[1:2]),
        "neighbouring pixels": (eps[..., 1:], eps[..., :-1]),
    }
    for name, (a, b) in pairs.items():
        correlation = (a * b).mean().item()
        if abs(correlation) > max(limit, 6 / a.numel() ** 0.5):
            student.fail(
                f"the noise of two {name} is related",
                expected="correlation 0",
                got=f"{correlation:.2f}",
                mistake=SHARED,
            )
    if torch.allclose(found.noise, again):
        student.fail("two calls add the same noise", expected="new noise at each call", mistake=FIXED)


def jump(alpha_bar_t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the factors of picture and noise of one jump, Ho et al. 2020, eq. 4."""
    return alpha_bar_t**0.5, (1 - alpha_bar_t) ** 0.5


JumpRule = Callable[..., tuple]  # alpha-bar_t, beta_t, (alpha-bar_{t-1}, alpha-bar_{t+1}) -> signal, noise_std


def right_jump(alpha_bar_t, beta_t, near) -> tuple:
    """Return the right factors as a rule."""
    return jump(alpha_bar_t)


def jump_mistakes(picture: str, read: str) -> dict[Mistake, JumpRule]:
    """Return what each known mistake of x_t makes of alpha-bar_t, beta_t and (alpha-bar_{t-1}, alpha-bar_{t+1}).

    picture  its name in the exercise; read  where the equation stands
    Each rule returns signal and noise_std, numbers or tensors as it gets them.
    """
    table: dict[tuple[str, str], JumpRule] = {
        ("no_square_roots", "both factors are used without their square root"): lambda a, b, near: (a, 1 - a),
        ("signal_without_sqrt", f"{picture} is multiplied by alpha-bar_t, not by its square root"):
            lambda a, b, near: (a, (1 - a) ** 0.5),
        ("noise_without_sqrt", "the noise is multiplied by 1 - alpha-bar_t, not by its square root"):
            lambda a, b, near: (a**0.5, 1 - a),
        ("signal_not_scaled", f"{picture} is added as it is: it must be multiplied by sqrt(alpha-bar_t)"):
            lambda a, b, near: (1, (1 - a) ** 0.5),
        ("alpha_for_alpha_bar", "alpha_t of one step is used where alpha-bar_t of all steps belongs"):
            lambda a, b, near: jump(1 - b),
        ("factors_swapped", f"the factors of {picture} and of the noise are swapped"): lambda a, b, near: jump(1 - a),
        ("one_step_late", "alphas_cumprod is read at t + 1"): lambda a, b, near: jump(near[1]),
        ("one_step_early", "alphas_cumprod is read at t - 1"): lambda a, b, near: jump(near[0]),
        ("noise_not_scaled", "the noise is not multiplied by sqrt(1 - alpha-bar_t)"): lambda a, b, near: (a**0.5, 1),
        ("noise_missing", "no noise is added"): lambda a, b, near: (a**0.5, 0),
    }  # fmt: skip
    return mistakes(read, table)
