"""Checks of chapter 05, editing by noising: SDEdit, the distance of an edit, and strength against i_start."""

import math
from collections.abc import Callable

import torch

from helpers.checks.diagnosis import diagnose, nearest
from helpers.checks.guided import COND, UNCOND, guided_exercise
from helpers.checks.loops import DenoisingLoop
from helpers.checks.noised_start import balanced_picture, require_start
from helpers.checks.pictures import smooth_pictures
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.student_function import StudentFunction
from helpers.schedules import strided

_EQ_DISTANCE = "the equation of the distance in this chapter"
_TEXT_STRENGTH = "the section on strength in this chapter"


@check("sdedit")
def check_sdedit(sdedit, stage_1, seed: int = 0) -> None:
    """Check `sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7)`: its start, then each step.

    The first picture that the U-Net sees must be im with the noise of timesteps[i_start]. What follows is held to the
    guided loop of chapter 4, whether the finished loop is called or another one is written.

    stage_1  the notebook's pipeline: a spy stands behind its U-Net while the check runs

    Raises CheckFailed with the first thing that differs and the mistake that fits.
    """
    student = StudentFunction(
        "sdedit", lambda *arguments, display=False: sdedit(*arguments)
    )  # the loop's judge passes display
    source = torch.Generator().manual_seed(5000 + seed)  # not the seed from which the student's noise is drawn
    starts = ((7, strided()[3:], 2.5), (3, strided(), 7), (5 + seed % 3, strided(stride=40 + seed % 9), 7))
    for i_start, timesteps, scale in (*starts, (20, strided(), 3.0)):
        im, embeds = balanced_picture(source), torch.randn((2, 1, 77, 16), generator=source)
        arguments = _arguments(im, i_start, *embeds, timesteps, scale)
        require_start(student, stage_1, arguments, im, i_start, timesteps, seed)
    for i_start, stride, scale in ((10, 30, 2.5), (15 - seed % 3, 40 + seed % 5, 7)):
        im = balanced_picture(source, (1, 3, 32, 40))  # the size of the loop's judge; noised it has variance 1

        def call(_, embeds, i_start, timesteps, im=im, scale=scale) -> tuple:
            return _arguments(im, i_start, embeds[COND], embeds[UNCOND], timesteps, scale)

        exercise = guided_exercise(call, scale)
        loop = DenoisingLoop(student, stage_1, strided(stride=stride), i_start, seed, exercise, draws_start=True)
        loop.require_means()
        if stride == 30:
            loop.require_noise()
    passed("sdedit", "the noise fits i_start at four levels, and every step of the loop is right")


def _arguments(im, i_start: int, prompt_embeds, uncond_prompt_embeds, timesteps, scale: float) -> tuple:
    """Return what sdedit is called with; its default scale of 7 is left to it."""
    return im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, *([] if scale == 7 else [scale])


# What a list of distances may be in place of the right one: original (1, 3, H, W), edits (N, 3, H, W) -> N numbers
_DISTANCE_MISTAKES: dict[Mistake, Callable] = mistakes(_EQ_DISTANCE, {
    ("distance_squared", "the root is missing: this is the mean square"):
        lambda x, edits: (edits - x).square().mean((1, 2, 3)),
    ("distance_absolute", "this is the mean absolute difference: square, mean, root"):
        lambda x, edits: (edits - x).abs().mean((1, 2, 3)),
    ("distance_signed", "differences of both signs cancel: square them before the mean"):
        lambda x, edits: (edits - x).mean((1, 2, 3)),
    ("distance_summed", "the squares are summed over the pixels: take their mean"):
        lambda x, edits: (edits - x).square().sum((1, 2, 3)).sqrt(),
    ("distance_largest", "this is the largest difference of any pixel: take the mean of all"):
        lambda x, edits: (edits - x).abs().amax((1, 2, 3)),
    ("distance_psnr", "this is PSNR, which grows when pictures come closer"):
        lambda x, edits: 10 * torch.log10(4 / (edits - x).square().mean((1, 2, 3))),
    ("distance_of_means", "only the mean brightness is compared: compare pixel by pixel"):
        lambda x, edits: (edits.mean((1, 2, 3)) - x.mean()).abs(),
    ("distance_one_channel", "only the first channel is compared: take all three"):
        lambda x, edits: (edits - x)[:, 0].square().mean((1, 2)).sqrt(),
    ("distance_root_first", "the root is taken of each channel by itself, then the mean"):
        lambda x, edits: (edits - x).square().mean((2, 3)).sqrt().mean(1),
    ("distance_half", "the pictures lie in [-1, 1], not in [0, 1]: nothing is to be halved"):
        lambda x, edits: (edits - x).square().mean((1, 2, 3)).sqrt() / 2,
}) | mistakes("", {
    ("distance_of_neighbours", "each edit is compared with the one before it, not with the original"):
        lambda x, edits: (edits - torch.cat([x, edits[:-1]])).square().mean((1, 2, 3)).sqrt(),
    ("distance_reversed", "the distances stand in the reverse order of the edits"):
        lambda x, edits: (edits - x).square().mean((1, 2, 3)).sqrt().flip(0),
})  # fmt: skip
_ONE_NUMBER = Mistake("distance_over_all", "the mean runs over all edits at once: there is one distance for each")


@check("distances")
def check_distances(distances, seed: int = 0) -> None:
    """Check `distances(original, edits)`: the root mean square difference of each of a list of edits.

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("distances", distances)
    source = torch.Generator().manual_seed(seed)
    for count, shape in ((5, (1, 3, 24, 36)), (2, (1, 3, 16, 16)), (1, (1, 3, 20, 20))):
        original = smooth_pictures(shape, source)
        noise = torch.randn((count, *shape[1:]), generator=source) * torch.tensor([1.0, 0.5, 2.0]).reshape(1, 3, 1, 1)
        sizes = torch.rand((count, 1, 1, 1), generator=source) + 0.1 + torch.arange(count).reshape(-1, 1, 1, 1) / 10
        edits = original + sizes * noise + 0.2
        right = (edits.double() - original).square().mean((1, 2, 3)).sqrt()
        answer = student.call(original, list(edits.split(1)))
        got = answer.value.reshape(-1)
        if got.numel() != count:
            student.fail(
                f"the answer has another length for {count} edits",
                expected=f"{count} numbers",
                got=f"{got.numel()} number{'s' * (got.numel() > 1)}",
                mistake=_ONE_NUMBER if got.numel() == 1 else None,
            )
        if (got - right).abs().max() > 20 * answer.tolerance * right.max():
            wrong = {name: rule(original, edits).double() for name, rule in _DISTANCE_MISTAKES.items()}
            student.fail(
                "the distances are wrong",
                expected=_shown(right),
                got=_shown(got),
                mistake=nearest(got, wrong, 1e-3, smallest=1e-2),
                read=_EQ_DISTANCE,
            )
    passed("distances", "three lists of edits agree")


def _shown(values: torch.Tensor) -> str:
    return ", ".join(f"{value:.3f}" for value in values.tolist())


# What the index may be in place of the right one, in one way or another: strength, number of steps N, timesteps -> it
_STRENGTH_MISTAKES: dict[Mistake, list[Callable]] = mistakes(_TEXT_STRENGTH, {
    ("same_direction", "strength and i_start run in opposite directions: take the steps away from N"):
        [lambda s, N, times: int(N * s)],
    ("entries_for_steps", "N counts steps, which are one less than the entries of timesteps"):
        [lambda s, N, times: N + 1 - int((N + 1) * s), lambda s, N, times: N + 1 - int(N * s)],
    ("one_step_too_early", "the index is one too small: strength 0 must give the last index"):
        [lambda s, N, times: N - 1 - int(N * s)],
    ("not_whole", "an index is a whole number: round the steps down with int"): [lambda s, N, times: N - N * s],
    ("steps_rounded_up", "the steps taken are rounded up: round them down, then take them from N"):
        [lambda s, N, times: N - math.ceil(N * s)],
    ("steps_rounded", "the steps taken are rounded to the nearest number: round them down"):
        [lambda s, N, times: N - round(N * s)],
    ("returns_time", "this is the time there: return the index"): [lambda s, N, times: times[N - int(N * s)]],
    ("share_of_time", "strength is taken as a share of the time: it is a share of the steps"): [
        lambda s, N, times: next((i for i, t in enumerate(times) if t <= s * times[0]), N),
        lambda s, N, times: next((i for i, t in enumerate(times) if t <= s * 1000), N),
        lambda s, N, times: min(range(N + 1), key=lambda i: abs(times[i] - s * times[0])),
        lambda s, N, times: min(range(N + 1), key=lambda i: abs(times[i] - s * 1000)),
    ],
})  # fmt: skip


@check("i_start_of")
def check_i_start_of(i_start_of, seed: int = 0) -> None:
    """Check `i_start_of(strength, timesteps)`: N - int(N strength), as diffusers' image-to-image pipelines count.

    Raises CheckFailed with the mistake that fits all strengths that were tried.
    """
    student = StudentFunction("i_start_of", i_start_of)
    source = torch.Generator().manual_seed(seed)
    cases = []
    for N in (33, 20, 10 + seed % 7):
        # steps of any length: the share of steps is not that of time
        uneven = torch.rand(N, generator=source).cumsum(0)
        times = [*(20 + 970 * uneven / uneven[-1]).long().flip(0).tolist(), 0]
        whole = torch.randint(1, N - 1, (2,), generator=source).tolist()
        # strengths whose steps end in .3 or .7 have no rounding in doubt
        cases += [(strength, N, times) for strength in (1.0, 0.0, (whole[0] + 0.3) / N, (whole[1] + 0.7) / N)]
    got = [student.number(strength, times).value.item() for strength, N, times in cases]
    right = [N - int(N * strength) for strength, N, _ in cases]
    wrong = next((k for k in range(len(cases)) if abs(got[k] - right[k]) > 1e-4), None)
    if wrong is not None:
        strength, N, times = cases[wrong]
        student.fail(
            f"the index is wrong for strength {strength:.3f} and {N + 1} time steps",
            expected=f"{right[wrong]}",
            got=f"{got[wrong]:g}",
            mistake=_strength_mistake(cases, got),
            read=_TEXT_STRENGTH,
        )
    passed("i_start_of", f"{len(cases)} strengths on three lists of time steps give the right index")


def _strength_mistake(cases: list[tuple], got: list[float]) -> Mistake | None:
    """Return the mistake that explains every answer."""

    def misfit(rule: Callable) -> float:
        return max(abs(answer - rule(*case)) for answer, case in zip(got, cases, strict=True)) / 1e-4

    return diagnose({mistake: [min(map(misfit, rules))] for mistake, rules in _STRENGTH_MISTAKES.items()})
