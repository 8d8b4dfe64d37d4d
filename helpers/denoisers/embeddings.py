"""Prompts and their embeddings, and the file in which embeddings travel without their text encoder."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

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
FILE_FORMAT = "from-noise prompt embeddings, version 1"


def embed_prompts(stage_1, prompts: Iterable[str]) -> dict[str, torch.Tensor]:
    """Return {prompt: embedding (1, L, D)} for any pipeline of `load_stage_1`.

    stage_1  its text encoder embeds: a T5 for pocket, a table of known prompts for exact and deepfloyd; deepfloyd looks
             new prompts up in its own T5 first, which takes some 9 GiB of the GPU for a minute, and remembers them
    prompts  strings, "" among them where guidance is wanted
    Raises TypeError for a single string, ValueError for a prompt that a table does not know.
    """
    if isinstance(prompts, str):
        raise TypeError(f"prompts is the string {prompts!r}; expected a list of strings, such as [{prompts!r}].")
    prompts = list(prompts)
    if hasattr(stage_1, "learn_prompts"):
        stage_1.learn_prompts(prompts)
    return {prompt: stage_1.encode_prompt(prompt, do_classifier_free_guidance=False)[0] for prompt in prompts}


def save_embeddings(embeddings: dict[str, torch.Tensor], path: Path | str) -> Path:
    """Write embeddings as safetensors, with their format and a SHA-256 of prompts and numbers in the header.

    embeddings  {prompt: (1, L, D) or (L, D)}, all of one shape and dtype
    Returns the path. Raises ValueError where the shapes differ.
    """
    from safetensors.torch import save_file

    tensors = {prompt: values.detach().reshape(values.shape[-2:]).cpu() for prompt, values in embeddings.items()}
    _require_one_shape(tensors, "these embeddings")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # the numbers of one prompt under its place in the list: safetensors keys are not made for sentences
    columns = {f"{index:04d}": values.contiguous() for index, values in enumerate(tensors.values())}
    header = {"format": FILE_FORMAT, "sha256": _checksum(tensors), "prompts": "\n".join(tensors)}
    save_file(columns, path, metadata=header)
    return path


def read_embeddings(path: Path | str) -> dict[str, torch.Tensor]:
    """Read what `save_embeddings` wrote: {prompt: (1, L, D)}.

    Raises FileNotFoundError, or ValueError for another format, a damaged file or a wrong checksum.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    cure = f"Delete {path.name} and let precompute_embeddings write it again."
    if not path.is_file():
        raise FileNotFoundError(f"There are no embeddings at {path}. Write them with precompute_embeddings.")
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            columns = [file.get_tensor(key) for key in sorted(file.keys())]
    except SafetensorError as error:
        raise ValueError(f"{path.name} is no readable safetensors file ({error}). {cure}") from error
    if header.get("format") != FILE_FORMAT:
        raise ValueError(f"{path.name} has the format {header.get('format')!r}; expected {FILE_FORMAT!r}. {cure}")
    tensors = dict(zip(header["prompts"].split("\n"), columns, strict=False))
    if len(tensors) != len(columns) or _checksum(tensors) != header["sha256"]:
        raise ValueError(f"{path.name} does not fit the checksum in its header: it was damaged or altered. {cure}")
    _require_one_shape(tensors, path.name)
    return {prompt: values.unsqueeze(0) for prompt, values in tensors.items()}


def _checksum(tensors: dict[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for prompt, values in tensors.items():
        digest.update(f"{prompt}\n{values.dtype} {tuple(values.shape)}\n".encode())
        digest.update(values.contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _require_one_shape(tensors: dict[str, torch.Tensor], what: str) -> None:
    shapes = {(tuple(values.shape), values.dtype) for values in tensors.values()}
    if len(shapes) != 1 or not all(values.is_floating_point() for values in tensors.values()):
        raise ValueError(
            f"{what}: expected floating tensors (L, D) of one shape and dtype, got {sorted(map(str, shapes))}."
        )
