"""Guiding a diffusion model by the gradient of a loss: towards a colour, towards a text. Taught in chapter 13.

Pictures are (B, 3, H, W) in [-1, 1]. The network is called as `unet(x_t, t).sample` and predicts the noise; the
scheduler is one of diffusers', its time steps set by `scheduler.set_timesteps(steps)`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from helpers.sampling.closing import taught_in

Loss = Callable[[Tensor], Tensor]  # pictures (B, 3, H, W) -> one number a picture, (B,)


class GuidedStep(NamedTuple):
    """What a step of a guided sampler leaves.

    place     number of the step, from 0
    t         its time
    x_0_pred  the clean picture that the network saw in it, (B, 3, H, W)
    x_prev    the picture after it, like x_0_pred
    """

    place: int
    t: int
    x_0_pred: Tensor
    x_prev: Tensor


@taught_in(13)
def start_noises(count: int, seed: int, size: int = 64) -> Tensor:
    """Return noises (count, 3, size, size) drawn on the CPU: the same on every machine. Taught in chapter 13."""
    return torch.randn((count, 3, size, size), generator=torch.Generator().manual_seed(seed))


def predicted_x_0(scheduler, x_t: Tensor, t: int | Tensor, eps: Tensor) -> Tensor:
    """Return the clean picture that a predicted noise leaves (Ho et al. 2020, eq. 15). Taught in chapter 13.

    t    a whole number, the time of all pictures; never the number of the step
    eps  predicted noise, like x_t
    """
    alpha_bar = scheduler.alphas_cumprod[int(t)].to(x_t)
    return (x_t - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt()


@taught_in(13)
def colour_loss(x_0: Tensor, colour: Sequence[float] | Tensor) -> Tensor:
    """Return the mean absolute distance of each picture to a colour, (B,), 0 to 1. Taught in chapter 13.

    x_0     (B, 3, H, W) in [-1, 1]; predictions beyond that range count as they are
    colour  red, green and blue in [0, 1]
    Raises ValueError for another colour.
    """
    colour = torch.as_tensor(colour).to(x_0)
    if colour.shape != (3,) or not bool(((colour >= 0) & (colour <= 1)).all()):
        raise ValueError(f"colour is {colour.tolist()}; expected red, green and blue, each from 0 to 1.")
    return ((x_0 + 1) / 2 - colour.reshape(3, 1, 1)).abs().mean(dim=(1, 2, 3))


@taught_in(13)
def great_circle(a: Tensor, b: Tensor) -> Tensor:
    """Return half the square of the angle between vectors: 2 arcsin^2(|a - b| / 2), lengths taken out.

    Crowson 2021, the loss of CLIP-guided diffusion. Taught in chapter 13.

    a, b  (..., D), of any length; they broadcast
    Returns (...), 0 = the same direction, pi^2 / 2 = opposite.
    """
    a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    return 2 * ((a - b).norm(dim=-1) / 2).arcsin().square()


@taught_in(13)
def clip_loss(x_0: Tensor, target: Tensor, embed: Callable, cutouts: Callable) -> Tensor:
    """Return the mean great-circle distance of each picture's cut-outs to a text, (B,). Taught in chapter 13.

    x_0      (B, 3, H, W) in [-1, 1]
    target   (1, D), the text's embedding: `embed_text(clip, text)`
    embed    pictures -> embeddings, as `functools.partial(embed_pictures, clip)`
    cutouts  pictures -> (K * B, 3, S, S), first all pictures' first cut-out, as `random_cutouts(K)`
    """
    distances = great_circle(embed(cutouts(x_0)), target)
    return distances.reshape(-1, len(x_0)).mean(dim=0)


def random_cutouts(count: int, generator: torch.Generator | None = None, smallest: float = 0.6) -> Callable:
    """Return a function that cuts squares out of pictures (B, 3, H, W), each call other ones: (count * B, 3, H, H).

    count     cut-outs of each picture, at least 1; all pictures are cut at the same places
    smallest  the shortest side of a cut-out, as a share of the picture's, 0 to 1
    Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}; expected at least one cut-out a picture.")

    def cut(pictures: Tensor) -> Tensor:
        shorter = min(pictures.shape[-2:])
        found = []
        for share, down, across in torch.rand((count, 3), generator=generator).tolist():
            side = round(shorter * (smallest + (1 - smallest) * share))
            top, left = int(down * (pictures.shape[-2] - side + 1)), int(across * (pictures.shape[-1] - side + 1))
            square = pictures[..., top : top + side, left : left + side]
            found.append(F.interpolate(square, size=(shorter, shorter), mode="bilinear", align_corners=False))
        return torch.cat(found)

    return cut


@taught_in(13)
def guided_steps(
    unet, scheduler, x_T: Tensor, loss: Loss | None, scale: float, generator: torch.Generator | None = None
) -> Iterator[GuidedStep]:
    """Yield each step of a sampler that a loss guides; it can be stopped after any. Taught in chapter 13.

    Before each step x_t moves by -scale alpha-bar_t times the gradient of loss(x_0_pred) in x_t, which has passed
    through the network (Dhariwal and Nichol 2021, section 4, with a loss for a classifier). Then the scheduler steps.

    x_T        noise (B, 3, H, W)
    loss       pictures -> one number a picture, so that no picture depends on its neighbours; None = unguided
    scale      0 = unguided, larger follows the loss more
    generator  of the noise of the steps, where the scheduler adds any
    """
    unet.eval()
    x_t = x_T
    for place, t in enumerate(scheduler.timesteps):
        x_t, eps, x_0_pred = _moved(unet, scheduler, x_t, t, loss if scale else None, scale)
        x_t = scheduler.step(eps, t, x_t, generator=generator).prev_sample
        yield GuidedStep(place, int(t), x_0_pred, x_t)


def _moved(unet, scheduler, x_t: Tensor, t, loss: Loss | None, scale: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return x_t after the loss has moved it, the noise predicted before, and the clean picture predicted before."""
    with torch.set_grad_enabled(loss is not None):
        x_t = x_t.detach().requires_grad_(loss is not None)
        eps = unet(scheduler.scale_model_input(x_t, t), t).sample
        x_0_pred = predicted_x_0(scheduler, x_t, t, eps)
        if loss is None:
            return x_t, eps, x_0_pred
        (gradient,) = torch.autograd.grad(loss(x_0_pred).sum(), x_t)
    moved = x_t.detach() - scale * scheduler.alphas_cumprod[int(t)].to(x_t) * gradient
    return moved, eps.detach(), x_0_pred.detach()


@taught_in(13)
def guided_sample(
    unet, scheduler, x_T: Tensor, loss: Loss | None, scale: float,
    callback: Callable[[GuidedStep], None] | None = None, generator: torch.Generator | None = None,
) -> Tensor:  # fmt: skip
    """Return pictures (B, 3, H, W) drawn from x_T under the guidance of a loss. Taught in chapter 13.

    callback  called with each `GuidedStep`; what it raises stops the sampler
    Everything else as in `guided_steps`.
    """
    x_prev = x_T
    for step in guided_steps(unet, scheduler, x_T, loss, scale, generator):
        x_prev = step.x_prev
        if callback is not None:
            callback(step)
    return x_prev
