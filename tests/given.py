"""The objects that the set-up cells of the chapters define, as an answer finds them: no weights, small, quick."""

import torch

# The functions of chapter 9 that make a block, and the classes that do the same
_BLOCKS = {
    "conv": "Conv",
    "down_conv": "DownConv",
    "up_conv": "UpConv",
    "flatten": "Flatten",
    "unflatten": "Unflatten",
    "conv_block": "ConvBlock",
    "down_block": "DownBlock",
    "up_block": "UpBlock",
    "fc_block": "FCBlock",
}


def chapter_objects(chapter: str) -> dict:
    """Return what the set-up cells of a chapter, by the name of its file, define otherwise than those of part A."""
    return {"12_": _faces, "13_": _postcards, "14_": _app}.get(chapter[:3], dict)()


def _faces() -> dict:
    from helpers import face_ddpm

    schedule = face_ddpm.face_schedule()

    def q_sample(x0, t, noise=None):
        return face_ddpm.q_sample(schedule, x0, t, torch.randn_like(x0) if noise is None else noise)

    def p_sample(model, x, t):
        return face_ddpm.p_sample(model, x, t, schedule)

    def save_model(path, model, optimizer):
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)

    return {
        "TIMESTEPS": face_ddpm.TIMESTEPS,
        "betas": schedule.betas,
        "alphas": 1 - schedule.betas,
        "alphas_cumprod": schedule.alphas_cumprod,
        "sigmas": schedule.sigmas,
        "q_sample": q_sample,
        "p_sample": p_sample,
        "save_model": save_model,
    }


def _postcards() -> dict:
    from torch.nn import functional as F

    from helpers import guidance

    def fine_tuning_step(unet, scheduler, x_0):
        t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),))
        eps = torch.randn_like(x_0)
        return F.mse_loss(unet(scheduler.add_noise(x_0, eps, t), t).sample, eps)

    given = ("predicted_x_0", "great_circle", "colour_loss", "clip_loss")
    return {"F": F, "fine_tuning_step": fine_tuning_step} | {name: getattr(guidance, name) for name in given}


def _app() -> dict:
    from functools import partial

    import gradio as gr
    from diffusers import DDIMScheduler

    from helpers import app, guidance
    from helpers.app.postcard import to_image
    from helpers.clip import embed_pictures, embed_text, load_clip
    from helpers.postcards import load_postcards
    from helpers.runtime import generator

    taught = ("clip_loss", "colour_loss", "guided_steps", "random_cutouts", "start_noises")
    return {
        "gr": gr, "partial": partial, "DDIMScheduler": DDIMScheduler, "generator": generator, "to_image": to_image,
        "pipeline": load_postcards("tiny", "cpu"), "clip": load_clip("pocket", "cpu"),
        "embed_text": embed_text, "embed_pictures": embed_pictures,
        **{name: getattr(app, name) for name in ("BadWish", "Wish", "read_wish")},
        **{name: getattr(guidance, name) for name in taught},
    }  # fmt: skip


def given_objects(stage_1) -> dict:
    """Return the namespace in which the answer of an exercise runs.

    stage_1  the exact denoiser's pipeline
    """
    from torch import nn
    from torchvision.transforms.functional import gaussian_blur

    from helpers.ddpm import add_noise
    from helpers.denoisers import COURSE_PROMPTS, embed_prompts
    from helpers.networks import mnist
    from helpers.runtime import generator
    from helpers.sampling import denoising_step, forward, in_range, iterative_denoise_cfg, predict_x_0, variance_adder
    from helpers.schedules import strided

    timesteps = strided(stride=30)
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    return {
        "torch": torch,
        "stage_1": stage_1,
        "alphas_cumprod": stage_1.scheduler.alphas_cumprod,
        "betas": stage_1.scheduler.betas,
        "strided_timesteps": timesteps,
        "add_variance": variance_adder(stage_1),
        "denoising_step": denoising_step,
        "forward": forward,
        "in_range": in_range,
        "predict_x_0": predict_x_0,
        "low_pass": lambda x: gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32),  # the student's of 8.1
        "iterative_denoise_cfg": iterative_denoise_cfg,
        "generator": generator,
        "prompts": list(COURSE_PROMPTS[:3]),
        "prompt_embeds_dict": embed_prompts(stage_1, ["", *COURSE_PROMPTS]),
        "gaussian_blur": gaussian_blur,
        "nn": nn,
        "add_noise": add_noise,
        **{name: getattr(mnist, block) for name, block in _BLOCKS.items()},
        **{block: getattr(mnist, block) for block in _BLOCKS.values()},
    }
