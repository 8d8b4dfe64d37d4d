"""What earlier chapters taught and later chapters use. Each function says where it was taught.

While a chapter is checked its own functions here are closed: see `closing.py`.
"""

from helpers.sampling.closing import FinishedFunctionClosed, closed_names, closed_while_checking, taught_in
from helpers.sampling.denoising import (
    denoising_step,
    forward,
    generate,
    in_range,
    iterative_denoise,
    one_step_denoise,
    predict_x_0,
    snr,
    variance_adder,
)
from helpers.sampling.guidance import dynamic_threshold, iterative_denoise_cfg
from helpers.sampling.illusions import low_pass, make_factorized, make_flip_illusion, make_hybrids, make_illusion
from helpers.sampling.inpainting import inpaint, resampling_schedule

__all__ = [
    "FinishedFunctionClosed",
    "closed_names",
    "closed_while_checking",
    "denoising_step",
    "dynamic_threshold",
    "forward",
    "generate",
    "in_range",
    "inpaint",
    "iterative_denoise",
    "iterative_denoise_cfg",
    "low_pass",
    "make_factorized",
    "make_flip_illusion",
    "make_hybrids",
    "make_illusion",
    "one_step_denoise",
    "predict_x_0",
    "resampling_schedule",
    "snr",
    "taught_in",
    "variance_adder",
]
