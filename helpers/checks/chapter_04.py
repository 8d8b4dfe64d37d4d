"""Checks of chapter 04, guidance: its formula, the guided loop, and the diversity of a set of pictures."""

from collections.abc import Callable

import torch

from helpers.checks.diagnosis import apart, nearest, same
from helpers.checks.guided import COND, EQ_GUIDANCE, GUIDANCE_MISTAKES, UNCOND, guided_exercise, right_guidance
from helpers.checks.loops import DenoisingLoop
from helpers.checks.pictures import smooth_pictures
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.student_function import StudentFunction
from helpers.denoisers import drawn_pictures, embed_prompts
from helpers.denoisers.exact import ExactUNet, exact_stage_1
from helpers.denoisers.world import answering
from helpers.schedules import strided

_CLOSED = ("guided_prediction", "iterative_denoise_cfg")
_EQ_DIVERSITY = "the equation of diversity in this chapter"


@check("guide")
def check_guide(guide, seed: int = 0) -> None:
    """Check `guide(noise_cond, noise_uncond, scale)` against Ho and Salimans 2022, eq. 6 with scale = 1 + w.

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("guide", guide)
    source = torch.Generator().manual_seed(seed)
    shape = (1, 3, 24, 40)
    for scale in (3.5, 7, 0.4, 1, 0, 12 + seed % 5):
        cond, uncond = (torch.randn(shape, generator=source) for _ in range(2))
        got = student.picture(cond, uncond, scale, shape=shape)
        right = _guided_noise(right_guidance, cond, uncond, scale)
        if apart(got.value, right) <= got.tolerance * (1 + abs(scale)):
            continue
        wrong = {name: _guided_noise(rule, cond, uncond, scale) for name, rule in GUIDANCE_MISTAKES.items()}
        student.fail(
            f"the guided noise is wrong at scale = {scale}",
            expected="noise_cond itself at scale 1, noise_uncond at 0, and past noise_cond above 1",
            got=f"off by {apart(got.value, right):.3f} (root mean square)",
            mistake=nearest(got.value, wrong, 1e-3 * (1 + abs(scale))),
            read=EQ_GUIDANCE,
        )
    passed("guide", "six scales agree, among them 0, 1 and one far above")


def _guided_noise(guidance, cond: torch.Tensor, uncond: torch.Tensor, scale: float) -> torch.Tensor:
    """Return the noise half of a guidance, right or wrong."""
    return guidance((cond.double(), cond.double()), (uncond.double(), uncond.double()), scale)[0]


@check("iterative_denoise_cfg")
def check_iterative_denoise_cfg(iterative_denoise_cfg, stage_1, seed: int = 0) -> None:
    """Check `iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale, display)`.

    Each step is judged by itself: the guided noise, the mean of the reverse step, then the noise that is added. With
    the exact denoiser, the loop must end at one of the drawings that the prompt names.

    stage_1  the notebook's pipeline: a spy stands behind its U-Net while the check runs

    Raises CheckFailed with the first differing step and the mistake that fits.
    """
    student = StudentFunction("iterative_denoise_cfg", iterative_denoise_cfg, closed=_CLOSED)
    settings = ((10, 30, 2.5 + seed % 3), (0, 30, 7), (20 + seed % 5, 30, 4), (4, 40 + seed % 9, 1.5))
    for i_start, stride, scale in settings:
        exercise = guided_exercise(_arguments, scale, {} if scale == 7 else {"scale": scale})
        loop = DenoisingLoop(student, stage_1, strided(stride=stride), i_start, seed, exercise)
        loop.require_means()
        if stride == 30:
            loop.require_noise()
    _require_outcome(student, stage_1, seed)
    passed(
        "iterative_denoise_cfg", "every step agrees, and with the exact denoiser the loop draws what the prompt names"
    )


def _arguments(im_noisy, embeds: dict, i_start: int, timesteps: list[int]) -> tuple:
    return im_noisy, i_start, embeds[COND], embeds[UNCOND], timesteps


def _require_outcome(student: StudentFunction, stage_1, seed: int) -> None:
    """Require that with the exact denoiser the last picture is one of the drawings that the prompt names."""
    drawings, timesteps = drawn_pictures(16), strided()
    prompt = ("a star", "a rocket ship", "a heart")[seed % 3]
    embeds = embed_prompts(exact_stage_1(drawings), ["", prompt])
    wanted = [picture for picture, own in zip(drawings.means, drawings.captions, strict=True) if prompt in own]
    noise = torch.randn((1, 3, 16, 16), generator=torch.Generator().manual_seed(seed))
    with answering(stage_1, ExactUNet(drawings, previous_timestep=lambda t: (t - 30).clamp(min=0))):
        stage_1.scheduler.set_timesteps(timesteps=timesteps)
        arguments = noise, 0, embeds[prompt], embeds[""], timesteps
        got = student.picture(*arguments, display=False, shape=tuple(noise.shape), seed=seed)
    distance = min(apart(got.value[0], picture) for picture in wanted)
    if distance > 0.03:  # the noise of the last step leaves 0.0064
        student.fail(
            f"with the exact denoiser, the loop does not end at a drawing of {prompt!r}",
            expected="a distance below 0.03 to the nearest one (root mean square)",
            got=f"{distance:.3f}",
        )


def _pairs(pictures: torch.Tensor) -> torch.Tensor:
    """Return the differences of all pairs of different pictures, (pairs, 3 H W)."""
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    return (pictures[first] - pictures[second]).flatten(1)


def _mean_distance(differences: torch.Tensor) -> torch.Tensor:
    return differences.square().mean(1).sqrt().mean()


def _with_itself(pictures: torch.Tensor) -> torch.Tensor:
    return _mean_distance(_pairs(pictures)) * (len(pictures) - 1) / len(pictures)


_DIVERSITY_MISTAKES: dict[Mistake, Callable[[torch.Tensor], torch.Tensor]] = mistakes(_EQ_DIVERSITY, {
    ("pairs_with_itself",
     "the distance of each picture to itself, 0, is counted in the mean: take pairs of different pictures"):
        _with_itself,
    ("pairs_summed", "the distances are added up: divide by the number of pairs"):
        lambda y: _mean_distance(_pairs(y)) * len(_pairs(y)),
    ("pairs_counted_twice", "each pair is counted twice but divided by once"):
        lambda y: _mean_distance(_pairs(y)) * 2,
    ("root_missing", "this is the mean square: take the root for each pair"):
        lambda y: _pairs(y).square().mean(1).mean(),
    ("absolute_difference", "this is the mean absolute difference: take the root mean square"):
        lambda y: _pairs(y).abs().mean(),
    ("neighbours_only", "only pictures that follow each other are compared: take all pairs"):
        lambda y: _mean_distance((y[1:] - y[:-1]).flatten(1)),
    ("first_only", "all pictures are compared with the first alone: take all pairs"):
        lambda y: _mean_distance((y[1:] - y[:1]).flatten(1)),
    ("std_over_pixels", "this is the spread of pixels within the pictures: compare pictures"): lambda y: y.std(),
    ("largest_distance", "this is the largest distance of two pictures: take the mean"):
        lambda y: _pairs(y).square().mean(1).sqrt().max(),
    ("signed_difference", "differences of both signs cancel: square them before the mean"):
        lambda y: _pairs(y).mean(1).abs().mean(),
}) | mistakes("", {
    ("root_of_mean", "the root is taken of the mean over pairs: take it for each pair, then the mean"):
        lambda y: _pairs(y).square().mean().sqrt(),
    ("norm_not_mean", "the squares are summed over pixels: take their mean, whatever the picture's size"):
        lambda y: _pairs(y).norm(dim=1).mean(),
    ("distance_to_mean", "the pictures are compared with their mean: compare them with each other"):
        lambda y: _mean_distance((y - y.mean(0, keepdim=True)).flatten(1)),
    ("std_over_pictures", "this is the spread of each pixel over the pictures: compare them in pairs"):
        lambda y: y.std(0).mean(),
})  # fmt: skip


@check("diversity")
def check_diversity(diversity, seed: int = 0) -> None:
    """Check `diversity(pictures)`, the mean distance of all pairs, (K, 3, H, W) -> a number. Raises CheckFailed."""
    student = StudentFunction("diversity", diversity)
    source = torch.Generator().manual_seed(seed)
    for count, size in ((5, 24), (3, 32), (2, 20), (9, 16)):
        shared, own = (
            smooth_pictures((1, 3, size, size + 8), source),
            smooth_pictures((count, 3, size, size + 8), source),
        )
        amounts = torch.linspace(0.1, 0.7, count).reshape(-1, 1, 1, 1)  # pictures at unequal distances
        pictures = 0.3 * shared + amounts * own + amounts.flip(0) / 4
        right = _mean_distance(_pairs(pictures.double()))
        got = student.number(pictures).value
        if same(got, right, 1e-3, smallest=1e-9):
            continue
        wrong = {name: rule(pictures.double()) for name, rule in _DIVERSITY_MISTAKES.items()}
        student.fail(
            f"the number is wrong for {count} pictures of {size} x {size + 8} pixels",
            expected=f"{right:.4f}",
            got=f"{got:.4f}",
            mistake=nearest(got, wrong, 2e-3, smallest=1e-9),
            read=_EQ_DIVERSITY,
        )
    passed("diversity", "four sets of pictures agree")
