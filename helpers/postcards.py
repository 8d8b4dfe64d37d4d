"""The model of the postcards: an unconditional `diffusers.DDPMPipeline`, before and after its fine-tuning on prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from helpers import runtime
from helpers.denoisers.pocket import quiet_libraries
from helpers.weights import folder_of, registry, weights

if TYPE_CHECKING:
    from diffusers import DDPMPipeline

POSTCARDS = ("auto", "pocket", "base", "celebahq", "tiny")
CELEBAHQ = "google/ddpm-celebahq-256"
TINY_SIDE = 16  # pixels; few, so that a check takes no time
_TINY = {
    "block_out_channels": (8, 16), "down_block_types": ("DownBlock2D",) * 2, "up_block_types": ("UpBlock2D",) * 2,
    "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 8,
}  # fmt: skip


class PostcardsUnavailable(RuntimeError):
    """google/ddpm-celebahq-256 cannot be loaded here; the message says why and what to do."""


def load_postcards(name: str = "auto", device: torch.device | str | None = None) -> DDPMPipeline:
    """Load a `diffusers.DDPMPipeline` whose `unet` predicts the noise of pictures in [-1, 1] (Ho et al. 2020).

    name    "pocket" (64 x 64, ours, fine-tuned on prints), "base" (the same before that), "celebahq" (256 x 256,
            google/ddpm-celebahq-256, faces), "tiny" (16 x 16, random weights, always the same: it draws nothing), or
            "auto": celebahq under COURSE_PROFILE=colab with a GPU and a network, tiny under COURSE_PROFILE=grade, else
            pocket. Auto says in one line which, and why
    device  where it computes; None = the GPU where there is one
    Returns the pipeline in float32, in evaluation mode, its progress bar off. Raises ValueError for an unknown name or
    a damaged file, FileNotFoundError for weights that are not there, PostcardsUnavailable where celebahq cannot be had.
    """
    if name not in POSTCARDS:
        raise ValueError(f"There are no postcards {name!r}; expected one of {', '.join(map(repr, POSTCARDS))}.")
    device = runtime.device() if device is None else torch.device(device)
    if name == "auto":
        return _auto(device)
    pipeline = {"celebahq": _celebahq, "tiny": _tiny}[name]() if name in ("celebahq", "tiny") else _ours(name)
    return _ready(pipeline, device)


def has_postcards(name: str) -> bool:
    """Return whether the weights of "base" or "pocket" are there."""
    folder, files = folder_of(f"postcards_{name}"), registry()[f"postcards_{name}"].files
    return all((folder / file).is_file() for file in files)


def _auto(device: torch.device) -> DDPMPipeline:
    if runtime.profile() == "grade":
        print("Postcards: tiny, because COURSE_PROFILE is grade.")
        return _ready(_tiny(), device)
    if runtime.profile() != "colab" or device.type != "cuda":
        reason = "it is fetched only on Colab with a GPU"
    else:
        try:
            pipeline = _celebahq()
            print(f"Postcards: celebahq ({CELEBAHQ}), because there is a GPU.")
            return _ready(pipeline, device)
        except PostcardsUnavailable as unavailable:
            reason = f"loading it failed with {type(unavailable.__cause__).__name__}"
    pipeline = _ready(_ours("pocket"), device)
    print(f"Postcards: pocket; not celebahq, because {reason}.")
    return pipeline


def _ours(name: str) -> DDPMPipeline:
    if not has_postcards(name):
        raise FileNotFoundError(
            f"The postcard model {name!r} is not in this package: {folder_of(f'postcards_{name}')} has no weights. "
            "Install a version that has them, or make them with training/postcards.py. load_postcards('tiny') needs "
            "none; it draws noise."
        )
    folder = weights(f"postcards_{name}")
    from diffusers import DDPMPipeline

    with quiet_libraries():
        return DDPMPipeline.from_pretrained(folder, local_files_only=True)


def _celebahq() -> DDPMPipeline:
    from diffusers import DDPMPipeline

    try:
        with quiet_libraries():
            return DDPMPipeline.from_pretrained(CELEBAHQ)
    except Exception as error:  # a network has many ways to fail, each with its own exception
        raise PostcardsUnavailable(
            f"{CELEBAHQ} could not be loaded ({type(error).__name__}: {error}). "
            'Connect to the network and try again, or use load_postcards("pocket"), which needs none.'
        ) from error


def _tiny() -> DDPMPipeline:
    from diffusers import UNet2DModel

    with torch.random.fork_rng(devices=[]):  # the reader's own random numbers stay as they were
        torch.manual_seed(0)
        return new_pipeline(UNet2DModel(sample_size=TINY_SIDE, **_TINY))


def new_pipeline(unet: torch.nn.Module) -> DDPMPipeline:
    """Return a pipeline around a network, with 1,000 steps of a linear schedule (Ho et al. 2020, section 4)."""
    from diffusers import DDPMPipeline, DDPMScheduler

    return DDPMPipeline(unet, DDPMScheduler(1000, beta_start=1e-4, beta_end=0.02, beta_schedule="linear"))


def _ready(pipeline: DDPMPipeline, device: torch.device) -> DDPMPipeline:
    pipeline.set_progress_bar_config(disable=True)
    pipeline.unet.eval()
    return pipeline.to(device)
