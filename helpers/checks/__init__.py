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
from helpers.checks.chapter_04 import check_diversity, check_guide, check_iterative_denoise_cfg
from helpers.checks.chapter_05 import check_distances, check_i_start_of, check_sdedit
from helpers.checks.chapter_06 import check_inpaint, check_inpaint_with_resampling, check_resampling_schedule
from helpers.checks.chapter_07 import (
    check_make_flip_illusion,
    check_make_illusion,
    check_noise_statistics,
    check_orthogonality_error,
)
from helpers.checks.chapter_08 import check_low_pass, check_make_hybrids
from helpers.checks.chapter_09 import (
    check_add_noise,
    check_down_conv,
    check_flatten,
    check_train_step,
    check_UnconditionalUNet,
    check_unflatten,
    check_up_conv,
)
from helpers.checks.chapter_10 import (
    check_ddpm_forward,
    check_ddpm_sample,
    check_ddpm_schedule,
    check_fc_block,
    check_TimeConditionalUNet,
)
from helpers.checks.chapter_11 import (
    check_class_ddpm_forward,
    check_class_ddpm_sample,
    check_ClassConditionalUNet,
    check_flow_forward,
    check_flow_sample,
)
from helpers.checks.chapter_12 import (
    check_ddim_sample,
    check_load_model,
    check_p_losses,
    check_p_sample,
    check_posterior_sigmas,
    check_q_sample,
    check_sample,
)
from helpers.checks.chapter_13 import (
    check_clip_loss,
    check_colour_loss,
    check_draw_postcards,
    check_fine_tuning_step,
    check_great_circle,
    check_guided_sample,
    check_start_noises,
    check_train_epoch,
)
from helpers.checks.chapter_14 import check_build_app, check_make_cards

__all__ = [
    "check_ClassConditionalUNet",
    "check_TimeConditionalUNet",
    "check_UnconditionalUNet",
    "check_add_noise",
    "check_best_blur",
    "check_build_app",
    "check_class_ddpm_forward",
    "check_class_ddpm_sample",
    "check_clip_loss",
    "check_colour_loss",
    "check_ddim_sample",
    "check_ddpm_forward",
    "check_ddpm_sample",
    "check_ddpm_schedule",
    "check_distances",
    "check_diversity",
    "check_down_conv",
    "check_draw_postcards",
    "check_fc_block",
    "check_fine_tuning_step",
    "check_flatten",
    "check_flow_forward",
    "check_flow_sample",
    "check_forward",
    "check_generate",
    "check_great_circle",
    "check_guide",
    "check_guided_sample",
    "check_i_start_of",
    "check_inpaint",
    "check_inpaint_with_resampling",
    "check_iterative_denoise",
    "check_iterative_denoise_cfg",
    "check_load_model",
    "check_low_pass",
    "check_make_cards",
    "check_make_flip_illusion",
    "check_make_hybrids",
    "check_make_illusion",
    "check_noise_statistics",
    "check_one_step_denoise",
    "check_orthogonality_error",
    "check_p_losses",
    "check_p_sample",
    "check_posterior_mean",
    "check_posterior_sigmas",
    "check_psnr",
    "check_q_sample",
    "check_resampling_schedule",
    "check_sample",
    "check_sdedit",
    "check_small_steps",
    "check_snr",
    "check_start_noises",
    "check_train_epoch",
    "check_train_step",
    "check_unflatten",
    "check_up_conv",
]
