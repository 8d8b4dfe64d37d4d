"""Judge how an edit begins: which noise lies on the original, and at which time the loop takes it up."""

from collections.abc import Sequence

import torch

from helpers.checks.diagnosis import apart, diagnose
from helpers.checks.noising import jump
from helpers.checks.report import Mistake, mistakes
from helpers.checks.steps import ABAR
from helpers.checks.student_function import StudentFunction
from helpers.checks.trace import GLOBAL_STEPS, trace_of
from helpers.schedules import strided

_EQ = "the equation above the exercise; Ho et al. 2020, eq. 4"
_SHAPE = (1, 3, 80, 96)  # so many pixels that neighbouring noise levels can be told apart

NOT_RUN = Mistake(
    "loop_not_run", "the loop is a generator: nothing happens until its pictures are asked for, with `for` for example"
)
RETURNS_ALL = Mistake("returns_all", "all pictures of the loop are returned: return the last one alone")
FIRST_ONLY = Mistake("first_picture_only", "only the first step is taken, as `next` does: go on to the last picture")
CLAMPED = Mistake("start_clamped", "the noisy picture is cut to [-1, 1]: noise goes beyond, and the loop expects it")
UNIFORM = Mistake("noise_uniform", "the noise is uniform, from torch.rand: it must be Gaussian, as forward makes it")
SHARED = Mistake("noise_shared", "all channels got the same noise: draw it for every pixel and channel")
REVERSED = Mistake(
    "i_start_reversed", "i_start is counted from the clean end, as `strength` is: index 0 is the noisiest time", _EQ
)
FROM_ZERO = Mistake(
    "loop_from_zero", "the loop begins at timesteps[0] with a picture that is less noisy: pass i_start on"
)
LOOP_LATE = Mistake(
    "loop_one_late", "the loop begins at timesteps[i_start + 1] with a picture that is noisier than that"
)
RENOISED = Mistake("renoised_each_step", "the original is noised anew for each step: only the first begins from it")
RETURNS_START = Mistake("returns_start", "the noisy picture is returned, the one that the loop began with")
RETURNS_IM = Mistake("returns_original", "the original is returned, not the last picture of the loop")


def require_start(
    student: StudentFunction, stage_1, arguments, im: torch.Tensor, i_start: int, timesteps: Sequence[int], seed: int
):
    """Require that the U-Net first sees im with the noise of timesteps[i_start], at that time.

    student    the student's function
    stage_1    the pipeline whose U-Net it calls
    arguments  what it is called with
    im         the original among them, half of it +1 and half -1
    """

    def silent(x_t, t, prompt_embeds, index):
        return torch.zeros_like(torch.cat([x_t, x_t], dim=1))

    seen = trace_of(student, stage_1, silent, timesteps, arguments, {}, tuple(im.shape), seed, by_picture=True)
    pictures, answer, stopped = seen.pictures, seen.answer, seen.stopped
    if not seen.steps:
        if stopped and "returned a generator" not in stopped.symptom:
            raise stopped
        student.fail("stage_1.unet was never called", expected="a loop that runs to its end", mistake=NOT_RUN)
    _require_noise(student, pictures[0], im, i_start, timesteps)
    _require_times(student, seen.times, i_start, timesteps)
    if len(pictures) > 1 and _correlation(_split(pictures[0], im)[1], _split(pictures[1], im)[1]) < 0.3:
        symptom = "the second step does not begin where the first one ended"
        student.fail(symptom, expected="the picture that came out of the first step", mistake=RENOISED)
    if stopped:
        if "returned a list" in stopped.symptom or "another shape" in stopped.symptom:
            student.fail(stopped.symptom, expected=stopped.expected, got=stopped.got, mistake=RETURNS_ALL)
        raise stopped
    for picture, mistake in ((pictures[0], RETURNS_START), (im, RETURNS_IM)):
        if apart(answer.value, picture) < 1e-2:
            student.fail("the answer is no edit", expected="the last picture of the loop", mistake=mistake)


def balanced_picture(source: torch.Generator, shape: tuple[int, ...] = _SHAPE) -> torch.Tensor:
    """Return a random picture of +1 and -1 in equal parts: its variance is 1, and so is that of its noised forms."""
    values = torch.randn(shape, generator=source)
    return torch.where(values > values.median(), 1.0, -1.0)


def _require_noise(
    student: StudentFunction, x_t: torch.Tensor, im: torch.Tensor, i_start: int, timesteps: Sequence[int]
) -> None:
    """Split x_t into a part of im and a rest, and require both as in the equation."""
    if x_t.shape != im.shape:
        student.fail("the U-Net was given a picture of another shape", expected=f"shape {tuple(im.shape)}")
    t = timesteps[i_start]
    factor, rest = _split(x_t, im)
    a, b = jump(ABAR[t].item())
    if _misfit(factor, rest, a, b) <= 1 and rest.mean().abs() < 0.04 and not _is_shared(rest):
        return
    student.fail(
        f"the picture that the loop begins with is not im at noise level t = {t} (i_start = {i_start})",
        expected=f"{a:.3f} times im, and noise of standard deviation {b:.3f}",
        got=f"{factor:.3f} times im, and noise of standard deviation {rest.std():.3f} and mean {rest.mean():.2f}",
        mistake=_mistake_of(x_t, factor, rest, i_start, timesteps),
        read=_EQ,
    )


def _split(x_t: torch.Tensor, im: torch.Tensor) -> tuple[float, torch.Tensor]:
    """Return how much of im is in a picture, and the rest of it."""
    factor = ((x_t * im).mean() / im.square().mean()).item()
    return factor, x_t - factor * im


def _misfit(factor: float, rest: torch.Tensor, a: float, b: float) -> float:
    """Return how badly a part of im and a rest fit factors of picture and noise: up to 1 chance explains it."""
    return max(abs(factor - a) / (0.008 + 0.025 * b), abs(rest.std().item() - b) / (0.008 + 0.015 * b))


def _is_shared(rest: torch.Tensor) -> bool:
    """Return whether the noise of the channels is one and the same."""
    return _correlation(rest[:, 0], rest[:, 1]) > 0.2


def _correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].item()


def _mistake_of(x_t, factor: float, rest: torch.Tensor, i_start: int, timesteps: Sequence[int]) -> Mistake | None:
    if x_t.abs().max() <= 1.001 and rest.std() > 0.02:
        return CLAMPED
    if rest.mean() > 0.04:
        return UNIFORM
    if rest.std() > 0.02 and _is_shared(rest):
        return SHARED
    wrong = _wrong_starts(i_start, timesteps)
    return diagnose({name: [min(_misfit(factor, rest, *pair) for pair in pairs)] for name, pairs in wrong.items()})


def _wrong_starts(i_start: int, timesteps: Sequence[int]) -> dict[Mistake, list[tuple[float, float]]]:
    """Return the known mistakes with the factors of picture and noise that each may lead to."""
    kept, last = ABAR[timesteps[i_start]].item(), len(timesteps) - 1
    a, b = jump(kept)

    def at(*times: int) -> list[tuple[float, float]]:
        return [jump(ABAR[t].item()) for t in times]

    return mistakes(_EQ, {
        ("not_noised", "the picture goes into the loop without noise: bring it to timesteps[i_start] first"):
            [(1, 0), (a, 0)],
        ("pure_noise", "the loop begins with pure noise: the picture has no part in it"): [(0, 1)],
        ("picture_not_scaled", "the noise is added to the whole picture: scale it by sqrt(alpha-bar_t)"): [(1, b)],
        ("noise_not_scaled", "the noise is added whole: scale it by sqrt(1 - alpha-bar_t)"): [(a, 1)],
        ("forward_without_sqrt", "alpha-bar_t and 1 - alpha-bar_t are used without their square roots"):
            [(kept, 1 - kept)],
        ("noised_twice", "the picture is noised twice, so it is noisier than the loop believes"): [jump(kept**2)],
        ("time_is_i_start", "the picture has the noise of time t = i_start: the time is timesteps[i_start]"):
            at(i_start),
        ("one_level_late", "the noise is that of timesteps[i_start + 1], one level too little"):
            at(timesteps[min(i_start + 1, last)]),
        ("one_level_early", "the noise is that of timesteps[i_start - 1], one level too much"):
            at(timesteps[max(i_start - 1, 0)]),
        ("noise_of_the_first_step", "the noise is always that of timesteps[0]: i_start plays no part in it"):
            at(timesteps[0]),
    }) | {
        GLOBAL_STEPS: at(strided()[i_start]),
        REVERSED: at(timesteps[last - i_start], timesteps[last - 1 - i_start]),
    }  # fmt: skip


def _require_times(student: StudentFunction, asked: list[int], i_start: int, timesteps: Sequence[int]) -> None:
    """Require the right beginning, and more than one step; the steps themselves are judged elsewhere."""
    t, last = timesteps[i_start], len(timesteps) - 1
    if asked[0] == t and (len(asked) > 1 or i_start == last - 1):
        return
    places = {
        timesteps[min(i_start + 1, last)]: LOOP_LATE,
        timesteps[last - i_start]: REVERSED,
        timesteps[last - 1 - i_start]: REVERSED,
        timesteps[0]: FROM_ZERO,
        strided()[i_start]: GLOBAL_STEPS,
        t: FIRST_ONLY,
    }
    student.fail(
        f"the loop takes the picture up at another time, or stops at once (i_start = {i_start})",
        expected=f"the first call of the U-Net at t = {t}, then all steps down to the end of timesteps",
        got=f"the first call at t = {asked[0]}, {len(asked)} steps",
        mistake=places.get(asked[0]),
    )
