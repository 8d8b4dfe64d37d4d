"""How well a picture fits a text: CLIP (Radford et al. 2021), ours or OpenAI's, and its gradient in the picture.

CLIP puts pictures and texts into one space: the cosine between the embedding of a picture and that of a text says how
well they fit. The gradient of that number in the picture can guide a sampler (Crowson 2021; Gal et al. 2022).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional as F

from helpers import runtime
from helpers.denoisers.pocket import quiet_libraries
from helpers.weights import SHIPPED, weights

if TYPE_CHECKING:
    from transformers import CLIPModel, CLIPProcessor

CLIPS = ("auto", "pocket", "judge", "openai")
OURS = {"pocket": "pocket_clip", "judge": "pocket_clip_judge"}  # the names of their weights
OPENAI = "openai/clip-vit-base-patch32"
LONGEST_PROMPT = 77  # tokens of OpenAI's text encoder; its tokenizer says so, ours says 32

# The 100 names among which a picture is named when a model is measured: the 74 subjects of the pocket model, 26 more.
CANDIDATES = tuple((SHIPPED / "candidates.txt").read_text(encoding="utf-8").splitlines())


class ClipUnavailable(RuntimeError):
    """OpenAI's CLIP cannot be loaded here; the message says why and what to do."""


class Clip(NamedTuple):
    """A CLIP and what belongs to it.

    name       "pocket", "judge" or "openai"
    model      a `transformers.CLIPModel` in evaluation mode, its weights frozen
    processor  the `transformers.CLIPProcessor` with tokenizer and picture sizes
    words      the words that the text encoder was taught; None = any English word
    said       the unknown words that were named already: each is named once
    """

    name: str
    model: CLIPModel
    processor: CLIPProcessor
    words: frozenset[str] | None
    said: set[str]

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return self.model.logit_scale.device


def load_clip(name: str = "auto", device: torch.device | str | None = None) -> Clip:
    """Load a CLIP (Radford et al. 2021) with frozen weights.

    name    "pocket" (ours, to guide and to recognise), "judge" (ours, with another seed and other training pictures;
            it measures and never guides), "openai" (clip-vit-base-patch32), or "auto": openai where it lies in the
            cache or under COURSE_PROFILE=colab with a GPU and a network, else pocket. Auto says in one line which, why
    device  where it computes; None = the GPU where there is one
    Returns model, processor and known words in one `Clip`. Raises ValueError for an unknown name or a damaged file,
    FileNotFoundError for a missing one, ClipUnavailable where "openai" was asked for and cannot be had.
    """
    if name not in CLIPS:
        raise ValueError(f"There is no CLIP {name!r}; expected one of {', '.join(map(repr, CLIPS))}.")
    device = runtime.device() if device is None else device
    if name == "auto":
        return _auto(device)
    return _openai(device, download=True) if name == "openai" else _ours(name, device)


def _auto(device) -> Clip:
    download = runtime.profile() == "colab" and torch.device(device).type == "cuda"
    if runtime.profile() == "grade":
        reason = "COURSE_PROFILE is grade"
    elif not (download or _is_cached()):
        reason = "it is not in the cache here and is fetched only on Colab with a GPU"
    else:
        try:
            clip = _openai(device, download)
            print(f"CLIP: openai ({OPENAI}), because {'there is a GPU' if download else 'it is in the cache'}.")
            return clip
        except ClipUnavailable as unavailable:
            reason = f"loading it failed with {type(unavailable.__cause__).__name__}"
    print(f"CLIP: pocket; not openai, because {reason}.")
    return _ours("pocket", device)


def _is_cached() -> bool:
    """Whether the weights of OpenAI's CLIP lie in the Hugging Face cache, in either format."""
    from huggingface_hub import try_to_load_from_cache

    return any(isinstance(try_to_load_from_cache(OPENAI, f), str) for f in ("model.safetensors", "pytorch_model.bin"))


def _ours(name: str, device) -> Clip:
    folder = weights(OURS[name])
    words = frozenset((folder / "words.txt").read_text(encoding="utf-8").split())
    return _load(name, folder, device, words, local_files_only=True)


def _openai(device, download: bool) -> Clip:
    try:
        return _load("openai", OPENAI, device, None, local_files_only=not download)
    except Exception as error:  # a network has many ways to fail, each with its own exception
        raise ClipUnavailable(
            f"{OPENAI} could not be loaded ({type(error).__name__}: {error}). "
            'Connect to the network and try again, or use load_clip("pocket"), which needs none.'
        ) from error


def _load(name: str, source: Path | str, device, words: frozenset[str] | None, local_files_only: bool) -> Clip:
    from transformers import CLIPModel, CLIPProcessor

    with quiet_libraries():
        model = CLIPModel.from_pretrained(source, local_files_only=local_files_only)
        processor = CLIPProcessor.from_pretrained(source, local_files_only=local_files_only)
    return Clip(name, model.float().to(device).eval().requires_grad_(False), processor, words, set())


def unknown_words(clip: Clip, prompt: str) -> dict[str, list[str]]:
    """Name the words of a prompt that the text encoder was never taught, each with the nearest known ones.

    clip    from `load_clip`
    prompt  any string
    Returns {unknown word: up to three known words of similar spelling}; empty where all are known, always for openai.
    """
    if clip.words is None:
        return {}
    words = dict.fromkeys(re.findall(r"[^\W\d_]+|\d", prompt.lower()))
    return {
        word: difflib.get_close_matches(word, sorted(clip.words), n=3, cutoff=0.6)
        for word in words
        if word not in clip.words
    }


def embed_text(clip: Clip, prompts: str | Sequence[str]) -> torch.Tensor:
    """Embed texts with CLIP's text encoder (Radford et al. 2021, section 2.4); says the words it does not know.

    prompts  one string or N of them, such as "a rocket"; more than 32 (openai: 77) tokens are cut off
    Returns (N, D), each row of length 1, without gradient. Raises ValueError for an empty list.
    """
    prompts = [prompts] if isinstance(prompts, str) else list(prompts)
    if not prompts:
        raise ValueError("embed_text got no prompt; expected a string or a list of strings.")
    _say_unknown_words(clip, prompts)
    longest = min(clip.processor.tokenizer.model_max_length, LONGEST_PROMPT)
    tokens = clip.processor.tokenizer(
        prompts, padding=True, truncation=True, max_length=longest, return_tensors="pt"
    ).to(clip.device)
    with torch.no_grad():
        pooled = clip.model.text_model(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask).pooler_output
        return F.normalize(clip.model.text_projection(pooled), dim=-1)


def _say_unknown_words(clip: Clip, prompts: list[str]) -> None:
    unknown = {word: near for prompt in prompts for word, near in unknown_words(clip, prompt).items()}
    for word, near in unknown.items():
        if word in clip.said:
            continue
        cure = f"Words like it that it knows: {', '.join(near)}." if near else "clip.words lists all it knows."
        print(f'The CLIP "{clip.name}" was never taught the word "{word}" and may read anything into it. {cure}')
    clip.said.update(unknown)


def prepare_pictures(clip: Clip, pictures: torch.Tensor) -> torch.Tensor:
    """Resize, crop and normalise pictures as the model's processor does, but differentiably.

    pictures  float (B, 3, H, W), [-1, 1] from black to white; predictions beyond that range are taken as they are
    Returns (B, 3, S, S) on the model's device, S = the side that the model sees (pocket 48, openai 224).
    Raises ValueError for another shape or for whole numbers.
    """
    if pictures.ndim != 4 or pictures.shape[1] != 3 or not pictures.is_floating_point():
        raise ValueError(
            f"Expected pictures as floats (B, 3, H, W) in [-1, 1], got {pictures.dtype} {tuple(pictures.shape)}. "
            "One picture (3, H, W) becomes a batch with picture[None]."
        )
    images = clip.processor.image_processor
    pictures = pictures.to(clip.device, torch.float32)
    shorter = min(pictures.shape[-2:])
    size = [int(images.size["shortest_edge"] * side / shorter) for side in pictures.shape[-2:]]
    if size != list(pictures.shape[-2:]):
        mode = {2: "bilinear", 3: "bicubic"}[int(images.resample)]
        pictures = F.interpolate(pictures, size=size, mode=mode, antialias=True, align_corners=False)
    height, width = images.crop_size["height"], images.crop_size["width"]
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    mean, std = (torch.tensor(x, device=clip.device)[:, None, None] for x in (images.image_mean, images.image_std))
    return ((pictures[..., top : top + height, left : left + width] + 1) / 2 - mean) / std


def embed_pictures(clip: Clip, pictures: torch.Tensor) -> torch.Tensor:
    """Embed pictures with CLIP's picture encoder (Radford et al. 2021, section 2.4), differentiably in the pictures.

    pictures  float (B, 3, H, W), [-1, 1] from black to white, any size
    Returns (B, D), each row of length 1. Raises ValueError for another shape or for whole numbers.
    """
    pooled = clip.model.vision_model(pixel_values=prepare_pictures(clip, pictures)).pooler_output
    return F.normalize(clip.model.visual_projection(pooled), dim=-1)


def similarities(clip: Clip, pictures: torch.Tensor, prompts: str | Sequence[str]) -> torch.Tensor:
    """Cosine between pictures and texts, differentiably in the pictures: the number that CLIP guidance climbs.

    pictures  float (B, 3, H, W), [-1, 1]
    prompts   one string or N of them
    Returns (B, N), from -1 (opposite) to 1 (the same direction).
    """
    return embed_pictures(clip, pictures) @ embed_text(clip, prompts).T


def recognise(clip: Clip, pictures: torch.Tensor, candidates: Sequence[str] = CANDIDATES) -> list[list[str]]:
    """Rank names by how well they fit each picture: zero-shot recognition (Radford et al. 2021, section 3.1).

    pictures    float (B, 3, H, W), [-1, 1]
    candidates  the names to choose among; default the 100 of `CANDIDATES`
    Returns for each picture all candidates, the best first.
    """
    with torch.no_grad():
        order = similarities(clip, pictures, candidates).argsort(dim=1, descending=True)
    return [[candidates[i] for i in row] for row in order.tolist()]


def ranks_of(
    clip: Clip, pictures: torch.Tensor, names: Sequence[str], candidates: Sequence[str] = CANDIDATES
) -> list[int]:
    """Find the place of the right name of each picture among all candidates.

    pictures    float (B, 3, H, W), [-1, 1]
    names       B names, the right one of each picture, each one of the candidates
    candidates  the names to choose among; default the 100 of `CANDIDATES`
    Returns B whole numbers, 1 = named first. Raises ValueError for a wrong number of names or one that is no candidate.
    """
    if len(names) != len(pictures):
        raise ValueError(f"ranks_of got {len(pictures)} pictures and {len(names)} names; expected one name a picture.")
    for name in names:
        if name not in candidates:
            near = difflib.get_close_matches(name, candidates, n=3)
            raise ValueError(
                f"{name!r} is none of the {len(candidates)} candidates. Near it: {', '.join(near) or '-'}."
            )
    return [ranked.index(name) + 1 for ranked, name in zip(recognise(clip, pictures, candidates), names, strict=True)]
