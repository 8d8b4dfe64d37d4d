"""Checks of chapter 08, hybrid images: the low pass, and the loop that takes each frequency from its own prompt."""

from collections.abc import Callable

import torch
from torchvision.transforms.functional import gaussian_blur

from helpers.checks.diagnosis import apart, diagnose
from helpers.checks.guided import CLAMPED_STEPS, UNCOND, UNCOND_UNASKED, guided, right_guidance, spoiled
from helpers.checks.loops import AS_IT_IS, DenoisingLoop, Exercise, Predict
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.student_function import StudentFunction
from helpers.schedules import strided

_CLOSED = ("low_pass", "make_hybrids", "make_factorized")
_EQ_LOW = "the paragraph on kernel and sigma in this chapter"
_EQ_HYBRID = "the equation of the hybrid's noise in this chapter; Geng et al. 2024b, factorized diffusion"
_LOW, _HIGH = "prompt_embeds_low", "prompt_embeds_high"

Blur = Callable[[torch.Tensor], torch.Tensor]


def right_low_pass(x: torch.Tensor) -> torch.Tensor:
    """Return x (B, C, S, S) blurred with sigma 2 S / 64; the kernel reaches so far that it cuts nothing off."""
    return _blurred(x, 2 * x.shape[-1] / 64)


def _blurred(x: torch.Tensor, sigma: float, half: int | None = None) -> torch.Tensor:
    """Return x blurred along the rows and then along the columns: the square kernel's answer, many times faster."""
    width = 2 * (x.shape[-1] // 4 if half is None else half) + 1
    return gaussian_blur(gaussian_blur(x, [width, 1], [sigma, 1.0]), [1, width], [1.0, sigma])


def _default_sigma(x: torch.Tensor) -> torch.Tensor:
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1)


_NOT_SCALED = Mistake(
    "kernel_not_scaled", "sigma is 2 pixels at every size: it is 2 at 64 pixels and scales with the picture", _EQ_LOW
)
_BLUR_MISTAKES: dict[Mistake, Blur] = mistakes(_EQ_LOW, {
    ("sigma_doubled", "sigma is twice too large"): lambda x: _blurred(x, 4 * x.shape[-1] / 64),
    ("sigma_halved", "sigma is half of what it should be"): lambda x: _blurred(x, x.shape[-1] / 64),
    ("sigma_scaled_inversely", "sigma shrinks where the picture grows"): lambda x: _blurred(x, 2 * 64 / x.shape[-1]),
    ("sigma_of_torchvision", "no sigma is given: torchvision then makes one up from the kernel"): _default_sigma,
}) | mistakes("", {
    ("kernel_cut_off", "the kernel is 3 pixels wide and cuts the Gaussian off: it scales with the picture"):
        lambda x: _blurred(x, 2 * x.shape[-1] / 64, half=1),
}) | {
    _NOT_SCALED: lambda x: _blurred(x, 2.0),
}  # fmt: skip
_FILTER_MISTAKES: dict[Mistake, Blur] = _BLUR_MISTAKES | mistakes(_EQ_LOW, {
    ("returns_high_pass", "this is what the blur takes away: return the blur itself"):
        lambda x: x - right_low_pass(x),
    ("identity", "the picture comes back as it was"): lambda x: x,
    ("one_direction", "the blur goes along one direction only"):
        lambda x: gaussian_blur(x, [1, 2 * (x.shape[-1] // 4) + 1], [1.0, x.shape[-1] / 32]),
    ("one_direction", "the blur goes along one direction only, down the columns"):
        lambda x: gaussian_blur(x, [2 * (x.shape[-1] // 4) + 1, 1], [x.shape[-1] / 32, 1.0]),
})  # fmt: skip
_DARK_BORDER = Mistake(
    "dark_border", "beyond its border the picture counts as 0: mirror it there, as gaussian_blur does"
)
_NOT_NORMALISED = Mistake("not_normalised", "the weights of the kernel do not add up to 1", _EQ_LOW)


@check("low_pass")
def check_low_pass(low_pass, seed: int = 0) -> None:
    """Check `low_pass(x)`: a Gaussian blur with sigma 2 at 64 pixels that scales with the picture.

    Whatever the blur takes for the picture beyond its border is right, as long as a plain picture stays plain.

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("low_pass", low_pass, closed=_CLOSED)
    source = torch.Generator().manual_seed(seed)
    judged = []
    for size in (32, 64, 96):
        x = torch.randn((2, 3, size, size), generator=source)
        judged.append((size, x, student.picture(x, shape=x.shape)))
    if any(_inner_apart(got.value, right_low_pass(x), size) > 20 * got.tolerance for size, x, got in judged):
        _fail_low_pass(student, judged)
    plain = torch.full((1, 3, 32, 32), 0.7)
    if apart(student.picture(plain, shape=plain.shape).value, plain) > 5e-3:
        student.fail("a plain picture changes at its border", expected="the same picture", mistake=_DARK_BORDER)
    passed("low_pass", "sigma is 2 pixels at 64 and scales, at three sizes; a plain picture stays as it is")


def _inner_apart(got: torch.Tensor, right: torch.Tensor, size: int) -> float:
    """Return how far two pictures are apart where no blur here reaches the border."""
    inner = slice(size // 4, -size // 4)
    return apart(got[..., inner, inner], right[..., inner, inner])


def _fail_low_pass(student: StudentFunction, judged: list) -> None:
    """Report a wrong filter: a known mistake that fits all sizes, or what its answer to one white pixel shows."""
    fits = {
        mistake: [_inner_apart(got.value, rule(x), size) / 5e-3 for size, x, got in judged]
        for mistake, rule in _FILTER_MISTAKES.items()
    }
    sigma, total, flat = _response(student, 64)
    mistake = diagnose(fits)
    if mistake is None and abs(total - 1) > 0.02:
        mistake = _NOT_NORMALISED
    elif mistake is None and flat:
        mistake = Mistake("box_blur", "all pixels within reach count alike: a Gaussian counts near ones more", _EQ_LOW)
    elif mistake is None:
        cause = f"sigma is {sigma:.2f} pixels at 64, or the kernel cuts the Gaussian off there"
        mistake = Mistake("sigma_of_its_own", cause, _EQ_LOW)
    student.fail(
        "the blur is not the one asked for",
        expected="at 64 pixels one white pixel spreads with standard deviation 2.00 and sum 1.00",
        got=f"standard deviation {sigma:.2f} and sum {total:.2f}",
        mistake=mistake,
        read=_EQ_LOW,
    )


def _response(student: StudentFunction, size: int) -> tuple[float, float, bool]:
    """Return width and sum of what one white pixel becomes, and whether it is a plain patch."""
    impulse = torch.zeros(1, 3, size, size)
    impulse[..., size // 2, size // 2] = 1
    answer = student.picture(impulse, shape=impulse.shape).value[0, 0]
    profile = answer.sum(0)
    place = torch.arange(size) - size // 2
    sigma = ((profile * place**2).sum() / profile.sum()).abs().sqrt().item()
    reached = answer[answer.abs() > 1e-6]
    return sigma, answer.sum().item(), bool(len(reached) > 1 and reached.std() < 1e-6)


Mix = Callable[[Blur, torch.Tensor, torch.Tensor], torch.Tensor]  # low pass, noise of low, noise of high -> noise


def right_mix(low: Blur, coarse: torch.Tensor, fine: torch.Tensor) -> torch.Tensor:
    """Return the low frequencies of one noise and the high ones of the other."""
    return low(coarse) + fine - low(fine)


_MIX_MISTAKES: dict[Mistake, Mix] = mistakes(_EQ_HYBRID, {
    ("high_pass_of_difference", "the high pass is taken as eps_low - low(eps_high): it is eps_high's own"):
        lambda low, a, b: low(a) + a - low(b),
    ("high_pass_of_other_prompt",
     "only the second prompt is left: take low(eps_high) away from eps_high, not low(eps_low)"):
        lambda low, a, b: b,
    ("low_and_high_swapped", "the prompts have changed places: the first is seen from afar"):
        lambda low, a, b: right_mix(low, b, a),
    ("noises_summed", "both noises are added up whole, without low and high pass"): lambda low, a, b: a + b,
    ("noises_averaged", "the two noises are averaged: each gives its own frequencies"): lambda low, a, b: (a + b) / 2,
    ("parts_averaged", "low and high part are averaged: they add up"): lambda low, a, b: right_mix(low, a, b) / 2,
    ("high_pass_missing", "the second noise comes in whole: its low frequencies must go"):
        lambda low, a, b: low(a) + b,
    ("low_pass_missing", "the first noise comes in whole: only its low frequencies belong here"):
        lambda low, a, b: a + b - low(b),
    ("both_low", "both noises are blurred: the second gives its high frequencies"): lambda low, a, b: low(a) + low(b),
    ("high_pass_sign", "the high pass has the wrong sign: it is eps - low(eps)"):
        lambda low, a, b: low(a) + low(b) - b,
    ("one_prompt_only", "both parts come from the first prompt"): lambda low, a, b: a,
})  # fmt: skip
_VARIANCE_MISTAKES: dict[Mistake, Mix] = mistakes(_EQ_HYBRID, {
    ("variances_summed", "the variance channels are added up: take their mean"): lambda low, a, b: a + b,
    ("variance_of_low", "the variance is that of the first prompt: take the mean of both"): lambda low, a, b: a,
    ("variance_of_high", "the variance is that of the second prompt: take the mean of both"): lambda low, a, b: b,
    ("variance_filtered", "the variance channels are filtered like the noise: take their mean"): right_mix,
})  # fmt: skip


def _mean(low: Blur, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a + b) / 2


@check("make_hybrids")
def check_make_hybrids(make_hybrids, stage_1, seed: int = 0) -> None:
    """Check `make_hybrids(im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, ...)` step by step.

    stage_1  the notebook's pipeline: a spy stands behind its U-Net while the check runs

    Raises CheckFailed with the first differing step and the mistake that fits.
    """
    student = StudentFunction("make_hybrids", make_hybrids, closed=_CLOSED)
    for i_start, stride, size, scale in ((10, 30, 48, 5), (20 + seed % 5, 30, 48, 3.5), (0, 90, 64, 2 + seed % 4)):
        exercise, shape = _hybrid_exercise(scale), (1, 3, size, size)
        loop = DenoisingLoop(student, stage_1, strided(stride=stride), i_start, seed, exercise, shape=shape)
        loop.require_means()
        if size == 48:  # where twice the right sigma and one that does not scale differ
            loop.require_noise()
    passed("make_hybrids", "every step takes the low frequencies from one prompt and the high ones from the other")


def _hybrid_exercise(scale: float) -> Exercise:
    def of(
        noise: Mix = right_mix, variance: Mix = _mean, blur: Blur = right_low_pass, guidance=right_guidance
    ) -> Predict:
        def predict(ask, x_t):
            coarse, fine = (guided(ask, x_t, prompt, scale, guidance=guidance) for prompt in (_LOW, _HIGH))
            return noise(blur, coarse[0], fine[0]), variance(blur, coarse[1], fine[1])

        return predict

    wrong = {mistake: of(noise=rule) for mistake, rule in _MIX_MISTAKES.items()}
    wrong |= {mistake: of(blur=rule) for mistake, rule in _BLUR_MISTAKES.items()}
    wrong |= {mistake: of(variance=rule) for mistake, rule in _VARIANCE_MISTAKES.items()}
    return Exercise(
        prompts=[_LOW, _HIGH, UNCOND],
        arguments=lambda im_noisy, embeds, i_start, timesteps: (
            im_noisy, i_start, embeds[_LOW], embeds[_HIGH], embeds[UNCOND], timesteps
        ),
        predict=of(),
        wrong=wrong | spoiled(lambda guidance: of(guidance=guidance)),
        steps=CLAMPED_STEPS,
        unasked={(UNCOND, *AS_IT_IS): UNCOND_UNASKED},
        options={"scale": scale},  # never 7: two prompts' parts may then leave [-1, 1], where diffusers clips
        read=_EQ_HYBRID,
    )  # fmt: skip
