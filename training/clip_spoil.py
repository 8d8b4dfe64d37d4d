"""How training pictures of the pocket CLIPs are placed, tinted, softened and noised.

Guidance shows a CLIP predictions of x_0 from the middle of sampling: soft, noisy, with wrong colours, at 32 pixels. It
must know a rocket among those, and its gradient must point to one.
"""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from training.parts import build_scheduler

SMALL = 32  # pixels of the pocket model's pictures


def warp(layers: torch.Tensor, size: int, how: dict, rng: np.random.Generator) -> torch.Tensor:
    """Place pictures (B, C, S, S) with random size, place, turn and mirror on empty ones (B, C, size, size)."""
    n = len(layers)
    scale = rng.uniform(how["smallest"], 1.02, size=n)
    shift = rng.uniform(-1, 1, size=(n, 2)) * np.clip(1 - scale, 0.02, None)[:, None]
    angle = np.deg2rad(rng.uniform(-how["turn"], how["turn"], size=n))
    mirror = np.where(rng.random(n) < how["mirror"], -1.0, 1.0)
    theta = np.zeros((n, 2, 3), dtype=np.float32)
    theta[:, 0, 0], theta[:, 0, 1] = np.cos(angle) / scale * mirror, np.sin(angle) / scale * mirror
    theta[:, 1, 0], theta[:, 1, 1] = -np.sin(angle) / scale, np.cos(angle) / scale
    theta[:, :, 2] = shift / scale[:, None]
    grid = F.affine_grid(torch.from_numpy(theta), [n, layers.shape[1], size, size], align_corners=False)
    return F.grid_sample(layers, grid, align_corners=False)


def recolour(layers: torch.Tensor, how: dict, rng: np.random.Generator) -> torch.Tensor:
    """Turn the hue of some pictures and fade others to grey, so that shapes must be learned; premultiplied RGBA.

    Only the artwork changes, not its ground: captions say the colours of grounds.
    """
    n = len(layers)
    grey = np.where(rng.random(n) < how["grey"], rng.uniform(0.6, 1, size=n), 0)[:, None, None]
    angle = np.where(rng.random(n) < how["hue"], rng.uniform(-np.pi, np.pi, size=n), 0)[:, None, None]
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    turn = np.cos(angle) * np.eye(3) + (1 - np.cos(angle)) / 3 + np.sin(angle) * cross  # about the axis of the greys
    matrix = torch.from_numpy(((1 - grey) * turn + grey / 3).astype(np.float32))
    colour = torch.einsum("nij,njhw->nihw", matrix, layers[:, :3])
    return torch.cat([colour.clamp(min=0).minimum(layers[:, 3:]), layers[:, 3:]], dim=1)


def spoil(x_0: torch.Tensor, how: dict, rng: np.random.Generator) -> torch.Tensor:
    """Tint, shrink to 32 pixels and back, blur and noise random shares of a batch (B, 3, H, W) in [-1, 1]."""
    picture = tint(x_0, how["tint"], rng)
    chosen = _some(len(picture), how["through_32"], rng)
    if chosen.any():
        small = F.interpolate(picture[chosen], size=(SMALL, SMALL), mode="area")
        picture[chosen] = F.interpolate(small, size=picture.shape[-2:], mode="bilinear", align_corners=False)
    chosen = _some(len(picture), how["blurred"], rng)
    if chosen.any():
        picture[chosen] = blur(picture[chosen], rng.uniform(0.3, how["widest_blur"], size=int(chosen.sum())))
    chosen = _some(len(picture), how["noised"], rng)
    if chosen.any():
        picture[chosen] = noised(picture[chosen], how["latest_t"], rng)
    return picture


def _some(n: int, share: float, rng: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(rng.random(n) < share)


def tint(picture: torch.Tensor, strength: float, rng: np.random.Generator) -> torch.Tensor:
    """Vary contrast, brightness and colour channels, and fade some pictures to grey; stays in [-1, 1]."""
    n = len(picture)
    gain = torch.from_numpy(rng.uniform(1 - strength, 1 + strength, size=(n, 3, 1, 1)).astype(np.float32))
    contrast = torch.from_numpy(rng.uniform(1 - 2 * strength, 1, size=(n, 1, 1, 1)).astype(np.float32))
    offset = torch.from_numpy(rng.uniform(-strength, strength, size=(n, 1, 1, 1)).astype(np.float32)) / 2
    fade = torch.from_numpy((rng.random((n, 1, 1, 1)) ** 6).astype(np.float32))  # mostly near 0
    grey = picture.mean(dim=1, keepdim=True)
    picture = picture + fade * (grey - picture)
    return (((picture + 1) * gain - 1) * contrast + offset).clamp(-1, 1)


def blur(picture: torch.Tensor, sigma: np.ndarray) -> torch.Tensor:
    """Blur each picture (B, C, H, W) with a Gaussian of its own sigma (B,) in pixels."""
    n, channels, height, width = picture.shape
    reach = int(np.ceil(2.5 * sigma.max()))
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (offsets / torch.from_numpy(sigma.astype(np.float32))[:, None]) ** 2)
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(channels, dim=0)[:, None, None]
    flat = F.pad(picture.reshape(1, n * channels, height, width), [reach] * 4, mode="replicate")
    flat = F.conv2d(F.conv2d(flat, kernel, groups=n * channels), kernel.transpose(-1, -2), groups=n * channels)
    return flat.reshape(picture.shape)


def noised(x_0: torch.Tensor, latest_t: int, rng: np.random.Generator) -> torch.Tensor:
    """Noise each picture to a time in [0, latest_t); half of them then get a crude one-step prediction of x_0.

    The crude prediction is a Gaussian blur of x_t / sqrt(alpha_bar_t), the wider the more noise there is: soft, as the
    answer of a denoiser that does not know yet what it sees.
    """
    n = len(x_0)
    t = rng.integers(0, latest_t, size=n)
    alpha_bar_t = build_scheduler().alphas_cumprod[torch.from_numpy(t)][:, None, None, None]
    eps = torch.from_numpy(rng.standard_normal(x_0.shape, dtype=np.float32))
    x_t = alpha_bar_t.sqrt() * x_0 + (1 - alpha_bar_t).sqrt() * eps  # Ho et al. 2020, eq. 4
    soft = _some(n, 0.5, rng)
    if soft.any():
        noise_to_signal = ((1 - alpha_bar_t) / alpha_bar_t).sqrt()[soft]
        sigma = 0.4 + 1.2 * noise_to_signal.flatten().numpy() ** 0.75
        x_t[soft] = blur(x_t[soft] / alpha_bar_t[soft].sqrt(), sigma.clip(max=4.0)).clamp(-1, 1)
    return x_t
