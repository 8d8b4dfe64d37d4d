"""Prompts and their embeddings."""

from collections.abc import Iterable

import torch

NEUTRAL_PROMPTS = ("", "a high quality photo")  # the null prompt of guidance, and the prompt that asks for nothing

# The prompts of CS180 project 5, part A, fall 2024
COURSE_PROMPTS = (
    "an oil painting of a snowy mountain village",
    "a man wearing a hat",
    "a rocket ship",
    "a pencil",
    "a photo of a dog",
    "a photo of a man",
    "an oil painting of an old man",
    "an oil painting of people around a campfire",
    "a lithograph of waterfalls",
    "a lithograph of a skull",
    "a peacock",
    "a forest",
    "a lithograph of an elephant",
    "a lithograph of istanbul",
)


def embed_prompts(stage_1, prompts: Iterable[str]) -> dict[str, torch.Tensor]:
    """Return {prompt: embedding (1, L, D)} for any pipeline of `load_stage_1`.

    stage_1  its text encoder embeds: T5 for pocket, a table of known prompts for exact and deepfloyd
    prompts  strings, "" among them where guidance is wanted
    Raises TypeError for a single string, ValueError for a prompt that a table does not know.
    """
    if isinstance(prompts, str):
        raise TypeError(f"prompts is the string {prompts!r}; expected a list of strings, such as [{prompts!r}].")
    return {prompt: stage_1.encode_prompt(prompt, do_classifier_free_guidance=False)[0] for prompt in prompts}
