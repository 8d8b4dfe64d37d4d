"""Sample many prompts at once, as the chapters do."""

from __future__ import annotations

import torch
from diffusers import IFPipeline

from helpers.sampling import iterative_denoise_cfg
from helpers.schedules import strided


def embed(stage_1: IFPipeline, prompts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings of prompts and of the null prompt, (B, 77, D) and (1, 77, D)."""
    with torch.no_grad():
        cond = stage_1.encode_prompt(prompts, do_classifier_free_guidance=False)[0]
        return cond, stage_1.encode_prompt("", do_classifier_free_guidance=False)[0]


def draw_embedded(stage_1: IFPipeline, prompt_embeds: torch.Tensor, scale: float, seed: int) -> torch.Tensor:
    """One picture for each row of prompt_embeds (B, L, D); (B, 3, H, W) in [-1, 1]. 33 steps of stride 30."""
    size = stage_1.unet.config.sample_size
    null = stage_1.encode_prompt("", do_classifier_free_guidance=False)[0].detach()
    torch.manual_seed(seed)
    x_t = torch.randn(len(prompt_embeds), 3, size, size)
    *_, pictures = iterative_denoise_cfg(x_t, 0, prompt_embeds, null, strided(), stage_1, scale)
    return pictures.clamp(-1, 1)


def draw(stage_1: IFPipeline, prompts: list[str], scale: float, seed: int) -> torch.Tensor:
    """One picture a prompt, (B, 3, H, W) in [-1, 1]."""
    return draw_embedded(stage_1, embed(stage_1, prompts)[0], scale, seed)
