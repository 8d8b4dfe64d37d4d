"""Measures what a noising function does: how much of the picture it keeps and what noise it adds.

x_t = signal * im + noise_std * eps (Ho et al. 2020, eq. 4) is linear in im, so the same random numbers with
another picture show `signal` by itself, and a grey picture (im = 0) shows the noise by itself.
"""

from typing import NamedTuple

import torch

from helpers.checks.door import Door
from helpers.checks.report import Mistake


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


def measure(door: Door, t, shape: tuple[int, ...], seed: int) -> Noising:
    """Measure a function (im, t) -> x_t at one t on pictures of one shape."""
    source = torch.Generator().manual_seed(seed)
    im = torch.rand(shape, generator=source) * 2 - 1
    full = door.picture(im, t, shape=shape, seed=seed)
    noise = door.picture(torch.zeros(shape), t, shape=shape, seed=seed).value
    im = im.double()
    signal = ((full.value - noise) * im).sum() / im.square().sum()
    rest = full.value - noise - signal * im
    count = im.numel()
    signal_error = full.tolerance + 5 * rest.std() / im.square().sum().sqrt()
    noise_error = full.tolerance + 5 * noise.std() / (2 * count) ** 0.5
    return Noising(
        signal.item(), signal_error.item(), noise.mean().item(), noise.std().item(), noise_error.item(), noise
    )


def require_law(door: Door, found: Noising, t: int, right: Law, wrong: dict[Mistake, Law], read: str) -> None:
    """Hold a measurement to the law; where it differs, name the mistake whose law fits."""
    agree = Law(found.signal_error, found.noise_error)

    def fits(law: Law) -> bool:
        return all(abs(a - b) <= error for a, b, error in zip(found[0:4:3], law, agree, strict=True))

    offset = abs(found.noise_mean) > 7 * found.noise_std / found.noise.numel() ** 0.5 + agree.noise_std / 10
    if fits(right) and not offset:
        return
    mistake = next((name for name, law in wrong.items() if fits(law)), None)
    if offset:
        mistake = RESCALED if fits(Law(2 * right.signal, right.noise_std)) else CENTRED
    door.fail(
        f"x_t is wrong at t = {t}",
        expected=f"{right.signal:.4f} × im + {right.noise_std:.4f} × noise",
        got=f"{found.signal:.4f} × im + {found.noise_std:.4f} × noise"
        + (f", and a constant {found.noise_mean:+.4f}" if offset else ""),
        mistake=mistake,
        read=read,
    )


def require_gaussian(door: Door, found: Noising, again: torch.Tensor) -> None:
    """Hold the noise to N(0, I): Gaussian, drawn anew for each picture, channel, pixel and call.

    found  a measurement on at least two pictures; again  the noise of another call, same shape
    """
    eps = (found.noise - found.noise.mean()) / found.noise.std()
    count = eps.numel()
    kurtosis = eps.pow(4).mean().item() - 3
    if abs(kurtosis) > 6 * (24 / count) ** 0.5 + 0.02:
        door.fail(
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
            door.fail(
                f"the noise of two {name} is related",
                expected="correlation 0",
                got=f"{correlation:.2f}",
                mistake=SHARED,
            )
    if torch.allclose(found.noise, again):
        door.fail("two calls add the same noise", expected="new noise at each call", mistake=FIXED)
