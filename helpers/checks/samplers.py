"""Judge samplers by the calls of a spy: the times, the first picture, every step, the mode of the network."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from helpers.checks.ddpm import COUNTS_FROM_1, NOT_NORMALISED
from helpers.checks.ddpm_rules import (
    BETA_MISTAKES,
    EQ_SAMPLE,
    POSTERIOR_MISTAKES,
    Rule,
    Schedule,
    Transition,
    beta_step,
    posterior_step,
    schedule_of,
)
from helpers.checks.diagnosis import diagnose, misfit, surprise
from helpers.checks.guided import GUIDANCE_NOISES, Combine, right_noise
from helpers.checks.report import Mistake, mistakes
from helpers.checks.spies import Spy, SpyClassDenoiser, SpyDenoiser
from helpers.checks.student_function import StudentFunction

EQ_GUIDED = "the equation of guidance in this chapter; Ho and Salimans 2022, eq. 6 with gamma = 1 + w"
GUIDANCE_MISTAKES = mistakes(EQ_GUIDED, GUIDANCE_NOISES)

STOPS_EARLY = Mistake("stops_at_1", "the loop stops before t = 0: range(num_ts - 1, -1, -1)")
WRONG_WAY = Mistake("wrong_way", "the loop goes up: sampling begins at t = T - 1", EQ_SAMPLE)
TRAINING_MODE = Mistake("training_mode", "the network is in training mode: call unet.eval() before sampling")
NEVER_UNCONDITIONAL = Mistake("never_unconditional", "the network is never asked with zeros for the class")
CLASS_0 = Mistake("null_is_class_0", "the unconditional call asks for class 0: a row of zeros asks for any")


def require_times(
    student: StudentFunction, asked: Sequence[int], known: Mapping[Mistake | None, Sequence[int]], read: str, **told
) -> None:
    """Require that the network is asked at the right times.

    known  None -> the right times, mistake -> those of a wrong loop
    told   expected and got, in words
    """
    if list(asked) == list(known[None]):
        return
    mistake = next((name for name, times in known.items() if name and list(asked) == list(times)), None)
    student.fail("the network is asked at other times", mistake=mistake, read=read, **told)


def require_noise_first(student: StudentFunction, x: Tensor, most: float) -> None:
    """Require that the first picture is N(0, I); most  by which its mean and standard deviation may be off."""
    if abs(x.std() - 1) > most or abs(x.mean()) > most:
        got = f"mean {x.mean():.2f}, std {x.std():.2f}"
        student.fail("the first picture is no noise", expected="N(0, I)", got=got)


def require_evaluation(student: StudentFunction, network: Spy, name: str = "unet") -> None:
    """Require that all calls of a sampler came in evaluation mode; name  of the network in the exercise."""
    if any(call.training for call in network.calls):
        student.fail("the network draws in training mode", expected=f"{name}.eval()", mistake=TRAINING_MODE)


def transitions(network: SpyDenoiser, times: Sequence[int], last: Tensor, schedule: Schedule) -> list[Transition]:
    """Return what a sampler did at each of its times; last  the pictures that it returned."""
    pictures = [*(call.x for call in network.calls), last]
    pairs = zip(pictures[:-1], times, pictures[1:], strict=True)
    return [Transition(x, network.noise(x, t), t, x_next, schedule) for x, t, x_next in pairs]


def first_difference(
    steps: Sequence[Transition], rights: Sequence[Rule], wrong: Mapping[Mistake, Rule], tolerance: float
) -> tuple[int, float, Mistake | None] | None:
    """Return the first step that is not right, its misfit, and the mistake that explains the steps; None for none.

    rights  rules of which all steps must follow one
    """

    def misfits(rule: Rule) -> list[float]:
        return [misfit(step.x_next, rule(step), tolerance * max(1.0, step.x.abs().max().item())) for step in steps]

    def surprise_of(mistake: Mistake) -> float:
        return sum(surprise(step.x_next, wrong[mistake](step), tolerance) for step in steps)

    fits = [misfits(rule) for rule in rights]
    if min(map(max, fits)) <= 1:
        return None
    n = next(place for place, value in enumerate(fits[0]) if value > 1)
    return n, fits[0][n], diagnose({name: misfits(rule) for name, rule in wrong.items()}, score=surprise_of)


def _require_digit_times(student: StudentFunction, asked: Sequence[float], num_ts: int) -> None:
    """Require the times T - 1 down to 0, given as numbers of steps up to rounding."""
    if asked and max(asked) > num_ts + 1:
        student.fail("the network gets times above 1", expected="t / num_ts", mistake=NOT_NORMALISED, read=EQ_SAMPLE)
    wanted, whole = list(range(num_ts - 1, -1, -1)), [round(t) for t in asked]
    between = any(abs(t - number) >= 0.01 for t, number in zip(asked, whole, strict=True))
    require_times(
        student, asked if between else whole,
        {None: wanted, STOPS_EARLY: wanted[:-1], WRONG_WAY: wanted[::-1], COUNTS_FROM_1: [t + 1 for t in wanted]},
        EQ_SAMPLE, expected=f"t from {num_ts - 1} to 0, {num_ts} in all",
        got=f"{len(asked)} times, t from {asked[0]:.0f} to {asked[-1]:.0f}" if asked else "no call",
    )  # fmt: skip


def require_steps(student: StudentFunction, num_ts: int, count: int, seed: int) -> None:
    """Require of `ddpm_sample(unet, ddpm_schedule, count, num_ts)` the right mean and noise at every step."""
    unet, schedule = SpyDenoiser(num_ts, seed), schedule_of(torch.linspace(0.05, 0.3, num_ts, dtype=torch.float64))
    unet.train()
    got = student.picture(unet, schedule, count, num_ts, shape=(count, 1, 28, 28), seed=seed).value
    _require_digit_times(student, [(call.t * num_ts).mean().item() for call in unet.calls], num_ts)
    require_noise_first(student, unet.calls[0].x, 0.1)
    steps = transitions(unet, range(num_ts - 1, -1, -1), got, schedule)
    found = first_difference(steps, [beta_step, posterior_step], BETA_MISTAKES, 1e-3)
    if found:
        _fail(student, steps[found[0]], beta_step, "is the first that differs", 3, found[2])
    require_evaluation(student, unet)


def require_face_steps(student: StudentFunction, steps: Sequence[Transition]) -> None:
    """Require the right mean and noise of steps at several times."""
    found = first_difference(steps, [posterior_step], POSTERIOR_MISTAKES, 2e-4)
    if found:
        _fail(student, steps[found[0]], posterior_step, "is wrong", 4, found[2])


def _fail(student: StudentFunction, step: Transition, right: Rule, how: str, digits: int, mistake) -> None:
    mean, std = right(step)
    student.fail(
        f"the step at t = {step.t} {how}",
        expected=f"noise of size {std.mean():.{digits}f} around the mean of the equation",
        got=f"{(step.x_next - mean).square().mean().sqrt():.{digits}f}",
        mistake=mistake,
        read=EQ_SAMPLE,
    )


def require_guided_steps(student: StudentFunction, num_ts: int, scale: float, seed: int) -> None:
    """Require of `class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts)` the right guided step each time.

    The network may be asked twice in a step, or once with both in one batch.
    """
    unet, schedule = SpyClassDenoiser(num_ts, seed), schedule_of(torch.linspace(0.05, 0.3, num_ts, dtype=torch.float64))
    labels, times = torch.tensor([3, 7, 1]), range(num_ts - 1, -1, -1)  # each once: a row is known by its class
    unet.train()
    got = student.picture(unet, schedule, labels, scale, num_ts, shape=(3, 1, 28, 28), seed=seed).value
    _require_digit_times(student, list(dict.fromkeys(round(time) for *_, time in unet.rows())), num_ts)
    pictures = [*(_asked_with_class(student, unet, labels, t) for t in times), got]
    one_hot, zeros = torch.eye(10, dtype=torch.float64)[labels], torch.zeros((3, 10), dtype=torch.float64)

    def noise(x: Tensor, t: int, guidance: Combine = right_noise) -> Tensor:
        return guidance(unet.noise(x, t, one_hot), unet.noise(x, t, zeros), scale)

    def with_guidance(guidance: Combine) -> Rule:
        return lambda step: beta_step(step._replace(eps=noise(step.x, step.t, guidance)))

    pairs = zip(pictures[:-1], times, pictures[1:], strict=True)
    steps = [Transition(x, noise(x, t), t, x_next, schedule) for x, t, x_next in pairs]
    wrong = {name: with_guidance(guidance) for name, guidance in GUIDANCE_MISTAKES.items()}
    found = first_difference(steps, [beta_step, posterior_step], wrong | BETA_MISTAKES, 1e-3)
    if found:
        n, fit, mistake = found
        student.fail(
            f"the step at t = {steps[n].t} is the first that differs, with scale {scale}",
            expected="the mean and the noise of the equation, with guided noise",
            got=f"{min(fit, 3.0):.1f} times the difference that chance allows",
            mistake=mistake,
            read=EQ_SAMPLE,
        )
    require_evaluation(student, unet)


def _asked_with_class(student: StudentFunction, unet: SpyClassDenoiser, labels: Tensor, t: int) -> Tensor:
    """Return the pictures of a step, found by their classes, and require an unconditional call in it."""
    rows = [(x, c[0]) for x, c, time in unet.rows() if round(time) == t]
    one_hot = torch.eye(10, dtype=torch.float64)
    found = [next((x for x, c in rows if torch.equal(c, one_hot[label])), None) for label in labels]
    if any(x is None for x in found):
        student.fail(
            f"the network is not asked for the digits {labels.tolist()} at t = {t}",
            expected="one-hot vectors of the labels",
            got=f"{sum(x is not None for x in found)} of {len(labels)}",
            read=EQ_GUIDED,
        )
    if not any(bool((c == 0).all()) for _, c in rows):
        mistake = CLASS_0 if any(torch.equal(c, one_hot[0]) for _, c in rows) else NEVER_UNCONDITIONAL
        symptom = f"the unconditional call is missing at t = {t}"
        student.fail(symptom, expected="a row of zeros", mistake=mistake, read=EQ_GUIDED)
    return torch.cat(found)
