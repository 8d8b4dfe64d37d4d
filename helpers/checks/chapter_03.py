"""Checks of chapter 03, denoising three ways: blur, one step, iterative, and the posterior mean."""

import math

import torch
from torch.nn import functional
from torchvision.transforms.functional import gaussian_blur

from helpers.checks.diagnosis import apart, diagnose, nearest
from helpers.checks.guided import UNGUIDED
from helpers.checks.loops import DenoisingLoop
from helpers.checks.pictures import psnr_of, same_rows, smooth_pictures
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.student_function import StudentFunction
from helpers.denoisers.spy import Spy, x_0_script
from helpers.denoisers.world import answering
from helpers.schedules import alphas_cumprod_of, squaredcos_betas, strided

_CLOSED = ("predict_x_0", "one_step_denoise", "denoising_step", "iterative_denoise")
_EQ_PSNR = "the definition of PSNR in this chapter"
_EQ_X_0 = "the equation of x_0_pred in this chapter; Ho et al. 2020, eq. 15"
_EQ_MEAN = "the equation of the posterior mean in this chapter; Efron 2011"

_PSNR_MISTAKES = mistakes(_EQ_PSNR, {
    ("psnr_peak_one", "the pictures' range is taken as 1; from -1 to 1 it is 2"): lambda mse: -10 * math.log10(mse),
    ("psnr_of_root", "the root of the mean square is used: PSNR takes the mean square itself"):
        lambda mse: 10 * math.log10(4 / math.sqrt(mse)),
    ("psnr_natural_log", "this is the natural logarithm: decibels use log10"): lambda mse: 10 * math.log(4 / mse),
    ("psnr_in_bels", "the factor 10 is missing"): lambda mse: math.log10(4 / mse),
    ("psnr_factor_twenty", "the factor 20 belongs to amplitudes; with squares it is 10"):
        lambda mse: 20 * math.log10(4 / mse),
    ("psnr_sign", "the sign is turned round: a better picture has a larger PSNR"):
        lambda mse: 10 * math.log10(mse / 4),
})  # fmt: skip


@check("psnr")
def check_psnr(psnr, seed: int = 0) -> None:
    """Check `psnr(im, other)` in decibels for pictures in [-1, 1]. Raises CheckFailed."""
    student = StudentFunction("psnr", psnr)
    source = torch.Generator().manual_seed(seed)
    for noise in (0.5, 0.1, 0.02):
        im = smooth_pictures((2, 3, 24, 36), source)
        other = im + noise * torch.randn(im.shape, generator=source)
        mse = (im.double() - other.double()).square().mean().item()
        right = 10 * math.log10(4 / mse)
        got = student.number(im, other).value.item()
        if abs(got - right) > 0.05:
            wrong = {name: [abs(got - rule(mse)) / 0.05] for name, rule in _PSNR_MISTAKES.items()}
            student.fail(
                f"the value is wrong for a mean squared error of {mse:.4f}",
                expected=f"{right:.2f} dB",
                got=f"{got:.2f} dB",
                mistake=diagnose(wrong),
                read=_EQ_PSNR,
            )
    passed("psnr", "three pairs of pictures agree to 0.05 dB")


@check("best_blur")
def check_best_blur(best_blur, seed: int = 0) -> None:
    """Check `best_blur(im_noisy, im)` -> (kernel_size, sigma): at most 0.25 dB below the best of a fine search.

    Raises CheckFailed.
    """
    student = StudentFunction("best_blur", best_blur)
    source = torch.Generator().manual_seed(seed)
    alphas_cumprod = alphas_cumprod_of(squaredcos_betas())
    for t in (100, 250, 500):
        im = smooth_pictures((1, 3, 40, 40), source)
        alpha_bar_t = alphas_cumprod[t]
        noise = torch.randn(im.shape, generator=source)
        im_noisy = alpha_bar_t.sqrt() * im + (1 - alpha_bar_t).sqrt() * noise
        kernel_size, sigma = (float(value) for value in _two_numbers(student, im_noisy, im))
        if kernel_size % 2 != 1 or not 1 <= kernel_size < 80 or sigma <= 0:
            student.fail(
                "no blur can be made with these numbers",
                expected="an odd kernel_size below 80, and sigma above 0",
                got=f"kernel_size {kernel_size:g}, sigma {sigma:g}",
            )
        best = max(_search(im_noisy, im).values())
        found = psnr_of(gaussian_blur(im_noisy, int(kernel_size), sigma), im)
        if best - found > 0.25:
            student.fail(
                f"another blur comes closer to im at t = {t}",
                expected=f"{best:.2f} dB at the best",
                got=f"{found:.2f} dB with kernel_size {kernel_size:g}, sigma {sigma:g}",
                mistake=_blur_mistake(im_noisy, im, int(kernel_size), sigma),
            )
    passed("best_blur", "at most 0.25 dB below the best blur of a fine search, at three noise levels")


def _search(im_noisy, im) -> dict[float, float]:
    """Return the PSNR in decibels by sigma of `gaussian_blur(im_noisy, 39, sigma)`; im_noisy, im  (1, 3, H, W)."""
    sigmas = torch.arange(2, 61) / 10
    kernels = torch.softmax(-(torch.arange(-19, 20) / sigmas[:, None]).square() / 2, dim=1)
    mirrored = functional.pad(im_noisy, (19, 19, 19, 19), mode="reflect").transpose(0, 1)
    rows = functional.conv2d(mirrored, kernels[:, None, None, :])  # all at once: one channel a sigma
    blurred = functional.conv2d(rows, kernels[:, None, :, None], groups=len(sigmas)).transpose(0, 1)
    errors = (blurred - im).square().mean(dim=(1, 2, 3))
    return dict(zip(sigmas.tolist(), (10 * torch.log10(4 / errors)).tolist(), strict=True))


def _blur_mistake(im_noisy, im, kernel_size: int, sigma: float) -> Mistake | None:
    """Return what explains a blur that is not the best."""
    if kernel_size < 2 * sigma + 1:
        return Mistake(
            "kernel_cuts_sigma",
            "the kernel is too small for this sigma and cuts the Gaussian off: use at least 4 sigma + 1",
        )
    found = _search(im_noisy, im)
    if sigma < max(found, key=found.get):
        return Mistake("blur_too_weak", "sigma is too small. Compare the blurred picture with im, not with im_noisy")
    return Mistake("blur_too_strong", "sigma is too large. Is the largest PSNR kept, not the smallest or the last?")


def _two_numbers(student: StudentFunction, im_noisy, im) -> list[float]:
    answer = student.call(im_noisy, im).value.reshape(-1)
    if answer.numel() != 2:
        student.fail("the answer is not a pair", expected="kernel_size, sigma", got=f"{answer.numel()} numbers")
    return answer.tolist()


_ONE_STEP_MISTAKES = mistakes(_EQ_X_0, {
    ("x_0_not_divided", "the division by sqrt(alpha-bar_t) is missing"):
        lambda x, eps, a, alpha: x - (1 - a).sqrt() * eps,
    ("x_0_without_sqrt", "alpha-bar_t and 1 - alpha-bar_t are used without their square roots"):
        lambda x, eps, a, alpha: (x - (1 - a) * eps) / a,
    ("x_0_divided_by_alpha_bar", "the division is by alpha-bar_t, not by its square root"):
        lambda x, eps, a, alpha: (x - (1 - a).sqrt() * eps) / a,
    ("noise_without_sqrt", "the noise is multiplied by 1 - alpha-bar_t, not by its square root"):
        lambda x, eps, a, alpha: (x - (1 - a) * eps) / a.sqrt(),
    ("alpha_for_alpha_bar", "alpha_t of one step is used where alpha-bar_t of all steps belongs"):
        lambda x, eps, a, alpha: (x - (1 - alpha).sqrt() * eps) / alpha.sqrt(),
    ("noise_not_scaled", "the whole noise is subtracted: scale it by sqrt(1 - alpha-bar_t)"):
        lambda x, eps, a, alpha: x - eps,
    ("noise_added", "the predicted noise is added: it must be taken away"):
        lambda x, eps, a, alpha: (x + (1 - a).sqrt() * eps) / a.sqrt(),
    ("returns_noise", "this is the predicted noise itself, not the picture that it leaves"):
        lambda x, eps, a, alpha: eps,
})  # fmt: skip
_VARIANCE_HALF = Mistake("variance_half", "the last three channels are used: the noise is in the first three")
_ORDER = Mistake("wrong_time", "the U-Net is asked at another time than t: pass t itself, not an index")


@check("one_step_denoise")
def check_one_step_denoise(one_step_denoise, stage_1, seed: int = 0) -> None:
    """Check `one_step_denoise(im_noisy, t, prompt_embeds)` against Ho et al. 2020, eq. 15, with scripted answers.

    stage_1  the notebook's pipeline: a spy stands behind its U-Net while the check runs

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("one_step_denoise", one_step_denoise, closed=_CLOSED)
    source = torch.Generator().manual_seed(seed)
    betas = squaredcos_betas().double()
    alphas_cumprod = alphas_cumprod_of(betas)
    shape = (1, 3, 24, 40)
    for t in (500 + seed % 7, 250, 750, 30):
        x_0 = smooth_pictures(shape, source)
        x_t = torch.randn(shape, generator=source)
        prompt_embeds = torch.randn((1, 77, 16), generator=source)
        spy = Spy(x_0_script(lambda *_, x_0=x_0: x_0, alphas_cumprod, 0.3))
        with answering(stage_1, spy):
            got = student.picture(x_t, t, prompt_embeds, shape=shape)
        _require_asked(student, spy, x_t, t, prompt_embeds)
        if apart(got.value, x_0) < 10 * got.tolerance:
            continue
        a, alpha, eps = alphas_cumprod[t], 1 - betas[t], spy.script(x_t.double(), torch.tensor([t]), None, 0)
        wrong = {name: rule(x_t, eps[:, :3], a, alpha) for name, rule in _ONE_STEP_MISTAKES.items()}
        wrong[_VARIANCE_HALF] = (x_t - (1 - a).sqrt() * eps[:, 3:]) / a.sqrt()
        student.fail(
            f"the estimate of the clean picture is wrong at t = {t}",
            expected="the picture hidden under the noise",
            got=f"off by {apart(got.value, x_0):.3f} (root mean square)",
            mistake=nearest(got.value, wrong, 1e-3),
            read=_EQ_X_0,
        )
    passed("one_step_denoise", "the hidden picture comes back at four time steps")


def _require_asked(student: StudentFunction, spy: Spy, x_t, t: int, prompt_embeds) -> None:
    """Require one call of the U-Net, with the arguments that the function was given."""
    if not spy.calls:
        student.fail("stage_1.unet was never called", expected="one call of stage_1.unet")
    call = spy.calls[0]
    if int(call.t[0]) != t:
        student.fail(
            "the U-Net was asked at another time", expected=f"t = {t}", got=f"t = {int(call.t[0])}", mistake=_ORDER
        )
    if not same_rows(call.x_t, x_t):
        student.fail("the U-Net was given another picture", expected="im_noisy as it came")
    if not same_rows(call.prompt_embeds, prompt_embeds):
        student.fail("the U-Net was given other embeddings", expected="encoder_hidden_states=prompt_embeds")


@check("iterative_denoise")
def check_iterative_denoise(iterative_denoise, stage_1, seed: int = 0) -> None:
    """Check `iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display)` step by step.

    Each step is judged by itself: the mean against Ho et al. 2020, eq. 7 on kept steps, then the noise that is added
    against Nichol and Dhariwal 2021, eq. 15. Any way of writing the loop passes.

    stage_1  the notebook's pipeline: a spy stands behind its U-Net while the check runs

    Raises CheckFailed with the first differing step and the mistake that fits.
    """
    student = StudentFunction("iterative_denoise", iterative_denoise, closed=_CLOSED)
    for i_start, stride in ((10, 30), (0, 30), (20 + seed % 5, 30), (4, 40 + seed % 9)):
        loop = DenoisingLoop(student, stage_1, strided(stride=stride), i_start, seed, UNGUIDED)
        loop.require_means()
        if stride == 30 and i_start:
            loop.require_noise()
    passed("iterative_denoise", "every step agrees with the mean of the reverse step, and the added noise is right")


_POSTERIOR_MISTAKES = mistakes(_EQ_MEAN, {
    ("posterior_pictures_not_scaled", "x_t is compared with the pictures, not with sqrt(alpha-bar_t) times them"):
        lambda x, y, a: _mean(x, y, a, scale=1.0),
    ("posterior_std_for_variance", "the squared distance is divided by the noise's std: divide by twice its variance"):
        lambda x, y, a: _mean(x, y, a, width=2 * (1 - a).sqrt()),
    ("posterior_without_half", "the factor 1/2 of the Gaussian's exponent is missing"):
        lambda x, y, a: _mean(x, y, a, width=1 - a),
    ("posterior_mean_over_pixels", "the squared distance is averaged over pixels: sum it"):
        lambda x, y, a: _mean(x, y, a, width=2 * (1 - a) * y[0].numel()),
    ("posterior_distance_not_squared", "the distance is not squared"): lambda x, y, a: _mean(x, y, a, power=1),
    ("posterior_nearest", "this is the nearest picture, not the weighted mean of all"):
        lambda x, y, a: _mean(x, y, a, width=torch.tensor(1e-9)),
    ("posterior_plain_mean", "this is the plain mean: the weights do not depend on x_t"):
        lambda x, y, a: y.mean(0, keepdim=True),
    ("posterior_variance_is_alpha_bar", "the noise's variance is 1 - alpha-bar_t, not alpha-bar_t"):
        lambda x, y, a: _mean(x, y, a, width=2 * a),
})  # fmt: skip
_UNDERFLOW = Mistake("posterior_underflow", "all weights became 0 before the division: use torch.softmax", _EQ_MEAN)


@check("posterior_mean")
def check_posterior_mean(posterior_mean, seed: int = 0) -> None:
    """Check `posterior_mean(x_t, t, pictures)`, the best one-step estimate for a finite set of pictures.

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("posterior_mean", posterior_mean)
    source = torch.Generator().manual_seed(seed)
    alphas_cumprod = alphas_cumprod_of(squaredcos_betas()).double()
    for t, size, spread in ((750, 8, 0.25), (500, 6, 0.14), (250, 5, 0.07), (990, 8, 1.0), (5, 16, 1.0)):
        centre = smooth_pictures((1, 3, size, size), source)
        pictures = centre + spread * torch.randn((7, 3, size, size), generator=source)
        a = alphas_cumprod[t]
        x_t = a.sqrt().float() * pictures[:1] + (1 - a).sqrt().float() * torch.randn(centre.shape, generator=source)
        right = _mean(x_t, pictures, a)
        got = _finite_or_underflow(student, x_t, t, pictures)
        if apart(got, right) < 2e-3:
            continue
        wrong = {name: rule(x_t.double(), pictures.double(), a) for name, rule in _POSTERIOR_MISTAKES.items()}
        student.fail(
            f"the mean is wrong at t = {t}",
            expected="the mean of the pictures, weighted by their fit to x_t",
            got=f"off by {apart(got, right):.3f} (root mean square)",
            mistake=nearest(got, wrong, 1e-3),
            read=_EQ_MEAN,
        )
    passed("posterior_mean", "five noise levels agree with the closed form")


def _finite_or_underflow(student: StudentFunction, x_t, t: int, pictures) -> torch.Tensor:
    answer = student.unchecked(x_t, t, pictures)
    if not bool(torch.isfinite(answer.value).all()):
        student.fail(f"the answer holds NaN at t = {t}", expected="finite numbers", mistake=_UNDERFLOW)
    if answer.value.numel() != x_t.numel():
        got = f"shape {tuple(answer.value.shape)}"
        student.fail("the answer has another shape than the picture", expected=f"shape {tuple(x_t.shape)}", got=got)
    return answer.value.reshape(x_t.shape)


def _mean(x_t, pictures, alpha_bar_t, scale=None, width=None, power: int = 2) -> torch.Tensor:
    """Return the mean of pictures weighted by softmax(-|x_t - scale * picture|^power / width)."""
    x_t, pictures = x_t.double(), pictures.double()
    scale = alpha_bar_t.sqrt() if scale is None else scale
    width = 2 * (1 - alpha_bar_t) if width is None else width
    distance = (x_t - scale * pictures).flatten(1).square().sum(1) ** (power / 2)
    weights = torch.softmax(-distance / width, dim=0)
    return (weights.reshape(-1, 1, 1, 1) * pictures).sum(0, keepdim=True)
