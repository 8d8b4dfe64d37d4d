"""Checks of chapter 02, the forward process."""

import torch

from helpers.checks.diagnosis import nearest, same
from helpers.checks.noising import Law, jump, jump_mistakes, measure, require_gaussian, require_law
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.student_function import StudentFunction
from helpers.schedules import alphas_cumprod_of, squaredcos_betas

_EQ_JUMP = "the equation of one jump in this chapter; Ho et al. 2020, eq. 4"
_EQ_STEP = "the equation of one small step in this chapter; Ho et al. 2020, eq. 2"
_EQ_SNR = "the definition of the signal-to-noise ratio in this chapter; Kingma et al. 2021, eq. 2"

_FORWARD_MISTAKES = jump_mistakes("im", _EQ_JUMP)


@check("forward")
def check_forward(forward, seed: int = 0) -> None:
    """Check `forward(im, t)` -> x_t against Ho et al. 2020, eq. 4, at six time steps, on batches of any size.

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("forward", forward)
    betas = squaredcos_betas().double()
    alphas_cumprod = alphas_cumprod_of(betas)
    shape = _shape(seed)
    for number, t in enumerate(_times(seed)):
        given = torch.tensor(t) if number % 2 else t  # schedulers hand out 0-d tensors, people write integers
        found = measure(student, given, shape, seed + number)
        law = Law(*jump(alphas_cumprod[t]))
        near = alphas_cumprod[max(t - 1, 0)], alphas_cumprod[min(t + 1, 999)]
        wrong = {name: Law(*rule(alphas_cumprod[t], betas[t], near)) for name, rule in _FORWARD_MISTAKES.items()}
        require_law(student, found, t, law, wrong, _EQ_JUMP)
    again = student.picture(torch.zeros(shape), given, shape=shape, seed=seed + 1000).value
    require_gaussian(student, found, again)
    passed("forward", f"x_t has the right mean and noise at {number + 1} time steps, and the noise is N(0, I)")


_SNR_MISTAKES = mistakes(_EQ_SNR, {
    ("snr_inverted", "the ratio is upside down: noise over signal"): lambda a, b: (1 - a) / a,
    ("snr_of_amplitudes", "this is the ratio of the factors: the ratio of variances has no roots"):
        lambda a, b: (a / (1 - a)).sqrt(),
    ("alpha_for_alpha_bar", "alpha_t of one step is used where alpha-bar_t of all steps belongs"):
        lambda a, b: (1 - b) / b,
    ("snr_in_decibels", "this is in decibels; the exercise asks for the plain ratio"):
        lambda a, b: 10 * torch.log10(a / (1 - a)),
    ("snr_is_alpha_bar", "this is alpha-bar_t itself: divide it by the variance of the noise"): lambda a, b: a,
})  # fmt: skip


@check("snr")
def check_snr(snr, seed: int = 0) -> None:
    """Check `snr(t)` -> alpha-bar_t / (1 - alpha-bar_t) at six time steps. Raises CheckFailed."""
    student = StudentFunction("snr", snr)
    betas = squaredcos_betas().double()
    alphas_cumprod = alphas_cumprod_of(betas)
    for t in _times(seed):
        got = student.number(t)
        a, b = alphas_cumprod[t], betas[t]
        right = a / (1 - a)
        if same(got.value, right, 2e-3, smallest=5e-7):
            continue
        wrong = {name: rule(a, b) for name, rule in _SNR_MISTAKES.items()}
        student.fail(
            f"the ratio is wrong at t = {t}",
            expected=f"{right:.6g}",
            got=f"{got.value:.6g}",
            mistake=nearest(got.value, wrong, 2e-3, smallest=5e-7),
            read=_EQ_SNR,
        )
    passed("snr", "six time steps agree with alpha-bar_t / (1 - alpha-bar_t)")


def _small_steps_mistakes(t: int, betas: torch.Tensor) -> dict[Mistake, Law]:
    """Return the law that each known mistake of `small_steps` leads to at t."""
    kept, alphas = betas[: t + 1], 1 - betas

    def walk(signal_of, noise_of, used, used_for_noise=None) -> Law:
        signal, variance = 1.0, 0.0
        for beta, noisy in zip(used, used if used_for_noise is None else used_for_noise, strict=True):
            factor = signal_of(beta)
            signal, variance = signal * factor, variance * factor**2 + noise_of(noisy) ** 2
        return Law(float(signal), float(variance) ** 0.5)

    def right(beta):
        return (1 - beta) ** 0.5

    def root(beta):
        return beta**0.5

    jump = alphas_cumprod_of(betas)[t]
    return mistakes(_EQ_STEP, {
        ("first_step_missing", "the loop begins at step 1: it needs the steps 0, 1, ..., t"):
            walk(right, root, betas[1 : t + 1]),
        ("last_step_missing", "the loop ends before step t: it needs the steps 0, 1, ..., t"):
            walk(right, root, betas[:t]),
        ("step_without_sqrt", "the factors of a step are used without their square roots"):
            walk(lambda beta: 1 - beta, lambda beta: beta, kept),
        ("step_noise_without_sqrt", "the noise of a step is multiplied by beta_t, not by its root"):
            walk(right, lambda beta: beta, kept),
        ("step_not_scaled", "a step does not shrink the picture by sqrt(1 - beta_t)"):
            walk(lambda beta: 1.0, root, kept),
        ("same_beta", "every step uses beta_t of the last step: step s needs beta_s"):
            walk(right, root, betas[t].expand(t + 1)),
        ("alpha_bar_in_a_step", "one step uses alpha-bar_t, which belongs to the jump: use alpha_t"):
            walk(lambda bar: bar**0.5, lambda bar: (1 - bar) ** 0.5, alphas_cumprod_of(betas)[: t + 1]),
        ("same_noise_each_step", "one noise picture is used in all steps: draw new noise in each"):
            Law(float(jump**0.5), _coherent_noise(kept)),
        ("next_steps_noise", "step s adds the noise of step s + 1: use beta_s in both places"):
            walk(right, root, kept, betas[1 : t + 2]),
        ("one_step_only", "only one step is taken, not all of 0, 1, ..., t"):
            Law(float(alphas[t] ** 0.5), float(betas[t] ** 0.5)),
    })  # fmt: skip


def _coherent_noise(betas: torch.Tensor) -> float:
    """Return the noise std of a walk that adds the same eps at every step: amplitudes add, not variances."""
    total = 0.0
    for beta in betas.tolist():
        total = (1 - beta) ** 0.5 * total + beta**0.5
    return total


@check("small_steps")
def check_small_steps(small_steps, seed: int = 0) -> None:
    """Check `small_steps(im, t)`: t + 1 steps of Ho et al. 2020, eq. 2, must do what one jump does (eq. 4).

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("small_steps", small_steps, closed=("forward",))
    betas = squaredcos_betas().double()
    alphas_cumprod = alphas_cumprod_of(betas)
    for number, t in enumerate((*_times(seed)[:3], 0)):
        # One step alone shows which beta it uses, and beta_1 is 12 % above beta_0: that takes many pixels to see.
        shape = (2, 3, 24, 32) if t else (2, 3, 96, 128)
        found = measure(student, t, shape, seed + number)
        law = Law(*jump(alphas_cumprod[t]))
        require_law(student, found, t, law, _small_steps_mistakes(t, betas), _EQ_STEP)
    again = student.picture(torch.zeros(shape), t, shape=shape, seed=seed + 1000).value
    require_gaussian(student, found, again)
    passed("small_steps", "t + 1 small steps have the mean and the variance of one jump, at four time steps")


def _times(seed: int) -> list[int]:
    """Return six time steps, first those where mistakes are told apart best; another seed moves the inner ones."""
    moved = torch.randint(-8, 9, (4,), generator=torch.Generator().manual_seed(seed)).tolist() if seed else [0] * 4
    return [*(t + move for t, move in zip((500, 250, 750, 100), moved, strict=True)), 0, 999]


def _shape(seed: int) -> tuple[int, int, int, int]:
    """Return a batch shape, neither square nor of a single picture, from the seed."""
    height, width = torch.randint(8, 12, (2,), generator=torch.Generator().manual_seed(seed)).tolist()
    return 2, 3, 8 * height, 8 * width + 8
