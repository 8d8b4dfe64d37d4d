"""The checks that notebooks call, one module a chapter."""

from helpers.checks.chapter_01 import check_generate
from helpers.checks.chapter_02 import check_forward, check_small_steps, check_snr
from helpers.checks.chapter_03 import (
    check_best_blur,
    check_iterative_denoise,
    check_one_step_denoise,
    check_posterior_mean,
    check_psnr,
)

__all__ = [
    "check_best_blur",
    "check_forward",
    "check_generate",
    "check_iterative_denoise",
    "check_one_step_denoise",
    "check_posterior_mean",
    "check_psnr",
    "check_small_steps",
    "check_snr",
]
