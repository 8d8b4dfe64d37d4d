"""Checks of chapter 13: fine-tuning, start noises, the sampler, losses of colour and text, the guided sampler."""

import torch

from helpers.checks.ddpm import require_loss_and_gradient, require_noising, require_times_drawn
from helpers.checks.fine_tuning import T, losses, require_epoch, require_own_noise, require_pictures_kept, schedule
from helpers.checks.noising import UNIFORM
from helpers.checks.picture_guidance import require_guided
from helpers.checks.picture_loops import (
    chain_of,
    linked_steps,
    noise_to_begin_with,
    require_beginning,
    require_pictures,
    require_unguided,
)
from helpers.checks.picture_losses import (
    EQ_CIRCLE,
    EQ_CLIP,
    EQ_COLOUR,
    ToyClip,
    circle_case,
    colour_case,
    require_loss,
    text_case,
)
from helpers.checks.registry import check
from helpers.checks.report import Mistake, passed
from helpers.checks.student_function import StudentFunction
from helpers.checks.unet2d import SpyUNet2D, spy_scheduler

_READ_SEEDS = "the notation page, `Seeds`"
NOT_SEEDED = Mistake(
    "not_seeded",
    "the seed does not reach the noise: a seed set on CUDA alone leaves the CPU's noise to chance",
    _READ_SEEDS,
)
FIXED_SEED = Mistake("fixed_seed", "the argument seed is not used: all seeds give one noise", _READ_SEEDS)
SIZE_IGNORED = Mistake("size_ignored", "the argument size is not used: pictures are (count, 3, size, size)")
SHARED = Mistake("noise_shared", "all pictures begin with one noise: draw (count, 3, 64, 64)")


@check("fine_tuning_step")
def check_fine_tuning_step(fine_tuning_step, seed: int = 0) -> None:
    """Check `fine_tuning_step(unet, scheduler, x_0)`: x_t, times, noise, loss and gradient. Raises CheckFailed."""
    student = StudentFunction("fine_tuning_step", fine_tuning_step)
    found = losses(student, 40, seed)
    require_pictures_kept(student, found)
    require_times_drawn(student, found, T)
    require_noising(student, found, schedule())
    require_own_noise(student, found)
    require_loss_and_gradient(student, found[:5], schedule())
    passed("fine_tuning_step", f"x_t, {64 * len(found):,} times, the squared error and its gradient are right")


@check("train_epoch")
def check_train_epoch(train_epoch, seed: int = 0) -> None:
    """Check `train_epoch(unet, scheduler, optimizer, batches, accumulate)` on epochs with and without a rest."""
    student = StudentFunction("train_epoch", train_epoch)
    for count, accumulate in ((7, 3), (5, 2), (6, 2), (3, 1)):
        require_epoch(student, seed, count, accumulate)
    passed("train_epoch", "each step follows the mean gradient of its batches, and none is left out")


@check("start_noises")
def check_start_noises(start_noises, seed: int = 0) -> None:
    """Check `start_noises(count, seed, size=64)`: N(0, I), decided by the seed alone. Raises CheckFailed."""
    student = StudentFunction("start_noises", start_noises)
    count, shape = 4 + seed % 3, (4 + seed % 3, 3, 64, 64)
    first = student.picture(count, 11 + seed, shape=shape, seed=1).value
    again = student.picture(count, 11 + seed, shape=shape, seed=2).value
    if not torch.equal(first, again):
        student.fail("the same seed gives other noise the second time", expected="the same", mistake=NOT_SEEDED)
    if torch.equal(first, student.picture(count, 12 + seed, shape=shape, seed=1).value):
        student.fail("two seeds give the same noise", mistake=FIXED_SEED)
    if torch.equal(first[0], first[1]):
        student.fail("all pictures have the same noise", mistake=SHARED)
    if abs(first.mean()) > 0.05 or abs(first.std() - 1) > 0.05:
        is_uniform = UNIFORM if first.min() >= 0 and first.max() <= 1 else None
        told = f"mean {first.mean():.2f}, std {first.std():.2f}"
        student.fail("the noise is not N(0, I)", expected="mean 0, std 1", got=told, mistake=is_uniform)
    if student.call(count, 3, 16).value.shape != (count, 3, 16, 16):
        student.fail("another size of picture than asked for", expected=f"({count}, 3, 16, 16)", mistake=SIZE_IGNORED)
    passed("start_noises", "Gaussian, one for each picture, and decided by the seed alone")


@check("draw_postcards")
def check_draw_postcards(draw_postcards, seed: int = 0) -> None:
    """Check `draw_postcards(unet, scheduler, x_T)` step by step, with DDIM and DDPM. Raises CheckFailed."""
    student = StudentFunction("draw_postcards", draw_postcards)
    for kind, steps in (("DDIMScheduler", 7 + seed % 3), ("DDPMScheduler", 12)):
        unet, scheduler, x_T = SpyUNet2D(seed), spy_scheduler(kind, steps), noise_to_begin_with(2 + seed % 2, seed)
        wanted = scheduler.timesteps.tolist()
        unet.train()
        got = student.unchecked(unet, scheduler, x_T, seed=seed).value
        chain = chain_of(student, unet, len(x_T))
        require_beginning(student, chain, unet, scheduler, wanted, x_T)
        require_pictures(student, got, x_T)
        require_unguided(student, chain, linked_steps(student, chain, scheduler, got), scheduler, unet)
    passed("draw_postcards", "every step of DDIM and of DDPM is the scheduler's own, from x_T to the picture")


@check("colour_loss")
def check_colour_loss(colour_loss, seed: int = 0) -> None:
    """Check `colour_loss(x_0, colour)` on pictures of three shapes, with its gradient. Raises CheckFailed."""
    student = StudentFunction("colour_loss", colour_loss)
    source = torch.Generator().manual_seed(seed)
    for shape in ((4, 3, 5, 3), (2, 3, 6, 8), (3, 3, 8, 8)):
        x_0 = torch.rand(shape, generator=source) * 2 - 1
        colour = tuple(round(value, 2) for value in torch.rand(3, generator=source).tolist())
        require_loss(student, colour_loss, colour_case(x_0, colour), EQ_COLOUR)
    passed("colour_loss", "the mean absolute distance of each picture, and its gradient, are right")


@check("great_circle")
def check_great_circle(great_circle, seed: int = 0) -> None:
    """Check `great_circle(a, b)` on vectors of all lengths and angles, with its gradient. Raises CheckFailed."""
    student = StudentFunction("great_circle", great_circle)
    source = torch.Generator().manual_seed(seed)
    for count, size, length, apart in ((5, 5, 0.3, 0.3), (4, 7, 0.6, 1.4), (3, 32, 3.0, 2.0)):
        b = length * torch.randn((1, size), generator=source)
        a = b + apart * length * torch.randn((count, size), generator=source)
        require_loss(student, great_circle, circle_case(a, b), EQ_CIRCLE)
    passed("great_circle", "half the square of the angle, for vectors of any length, and its gradient")


@check("clip_loss")
def check_clip_loss(clip_loss, seed: int = 0) -> None:
    """Check `clip_loss(x_0, target, embed, cutouts)` with a toy CLIP, with its gradient. Raises CheckFailed."""
    student = StudentFunction("clip_loss", clip_loss)
    source = torch.Generator().manual_seed(seed)
    for count, cuts in ((3, 2), (2, 4), (1, 3)):
        clip, x_0 = ToyClip(seed, cuts), torch.rand((count, 3, 8, 8), generator=source) * 2 - 1
        target = torch.randn((1, 5), generator=source)
        require_loss(student, clip_loss, text_case(x_0, target, clip), EQ_CLIP)
    passed("clip_loss", "each picture's cut-outs are averaged by themselves, and the gradient reaches the picture")


@check("guided_sample")
def check_guided_sample(guided_sample, seed: int = 0) -> None:
    """Check `guided_sample(unet, scheduler, x_T, loss, scale)` step by step, with DDIM and DDPM. Raises CheckFailed."""
    student = StudentFunction("guided_sample", guided_sample, closed=("guided_steps",))
    for kind, steps in (("DDIMScheduler", 8 + seed % 3), ("DDPMScheduler", 11)):
        require_guided(student, kind, steps, 2 + seed % 2, seed)
    passed("guided_sample", "at every step x_t moves along the gradient that came through the network")
