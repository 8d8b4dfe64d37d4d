"""The pocket CLIPs: two small models that tell how well a picture fits a text (Radford et al. 2021)."""

from __future__ import annotations

import functools
import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

from helpers.clip import OURS
from helpers.denoisers.pocket import quiet_libraries
from helpers.weights import SHIPPED
from training.captions import vocabulary
from training.clip_data import ClipPictures, clip_subjects
from training.clip_tokenizer import build_clip_tokenizer, known_words, tokenize_captions
from training.config import Config
from training.export import write_checksums
from training.jobs import Job, Run, keep_length

WORDS_FILE = "words.txt"
LARGEST_SCALE = 100.0  # of the similarities in the loss: Radford et al. 2021, section 2.5
NARROW = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
TINY = {
    "image_size": 16, "batch_size": 16, "projection_dim": 16, "vision": {**NARROW, "patch_size": 8},
    "text": {**NARROW, "max_position_embeddings": 32},
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ClipConfig(Config):
    """What clip.yaml says beside the settings of every run; it tells what each means."""

    held_out: str | None
    spoil: dict[str, Any]
    image_size: int
    print_share: float
    face_share: float
    projection_dim: int
    vision: dict[str, Any]
    text: dict[str, Any]
    note: str


class ClipJob(Job):
    """A picture encoder and a text encoder that learn which captions are true of which pictures."""

    settings, tiny = ClipConfig, TINY

    def __init__(self, config: ClipConfig, data: Path) -> None:
        self.data, self.subjects = data, clip_subjects(config.held_out)
        self.words = known_words(vocabulary(self.subjects))
        self.tokenizer = build_clip_tokenizer(self.words)
        self.weights = SHIPPED / OURS[config.name.removeprefix("clip_")]
        super().__init__(config, build_clip(config, self.tokenizer))

    @functools.cached_property
    def pictures(self) -> ClipPictures:
        """The pictures to train on, read when the first batch is drawn."""
        config = self.config
        return ClipPictures(
            self.data, self.subjects, config.image_size, config.print_share, config.face_share, config.spoil
        )

    def batch(self, step: int, rng: np.random.Generator) -> list[Tensor]:
        """Return pictures, token ids, their mask, and which captions are true of which pictures."""
        batch = self.pictures.batch(self.config.batch_size, rng)
        tokens = tokenize_captions(self.tokenizer, batch.captions)
        return [batch.pictures, tokens.input_ids, tokens.attention_mask, batch.is_true]

    def loss(self, network: nn.Module, batch: Sequence[Tensor], generator: torch.Generator) -> dict[str, Tensor]:
        """Return the contrastive loss and the share of pictures whose own caption, or one as true, comes first."""
        pictures, ids, mask, is_true = batch
        scale = self.network.logit_scale
        with torch.no_grad():
            scale.clamp_(max=math.log(LARGEST_SCALE))
        answer = network(input_ids=ids, pixel_values=pictures, attention_mask=mask)
        with torch.autocast(pictures.device.type, enabled=False):
            shown, said = answer.image_embeds.float(), answer.text_embeds.float()
            loss = contrastive_loss(shown, said, scale.exp(), is_true)
            first = (shown @ said.T).argmax(dim=1)
        right = is_true[torch.arange(len(first)), first].float().mean()
        return {"loss": loss, "right": right, "scale": scale.exp()}

    def export(self, run: Run, weights: Path) -> None:
        """Write the averaged weights as a folder that transformers loads."""
        with run.averaged() as network:
            export_clip(network, build_clip_processor(self.tokenizer, self.config.image_size), self.words, weights)
        keep_length(run, weights)


def build_clip(config: ClipConfig, tokenizer: CLIPTokenizer) -> CLIPModel:
    """Build the model with weights drawn from the configuration's seed."""
    torch.manual_seed(config.seed)
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    text = {**config.text, **ends, "pad_token_id": tokenizer.pad_token_id, "vocab_size": len(tokenizer)}
    vision = {**config.vision, "image_size": config.image_size}
    both = {"projection_dim": config.projection_dim}
    model = CLIPModel(CLIPConfig(text_config=text | both, vision_config=vision | both, **both))
    model.set_attn_implementation("eager")  # on a CPU 1.5 times as fast as the fused one: training/clip.yaml
    return model


def build_clip_processor(tokenizer: CLIPTokenizer, size: int) -> CLIPProcessor:
    """Build the processor: shorter side to `size` pixels, centre crop, values from [0, 255] to [-1, 1]."""
    images = CLIPImageProcessor(
        size={"shortest_edge": size},
        crop_size={"height": size, "width": size},
        resample=2,  # bilinear; with antialiasing, as everywhere in the field
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    return CLIPProcessor(image_processor=images, tokenizer=tokenizer)


def contrastive_loss(
    pictures: torch.Tensor, texts: torch.Tensor, scale: torch.Tensor, is_true: torch.Tensor
) -> torch.Tensor:
    """CLIP's symmetric loss (Radford et al. 2021, fig. 3) without false negatives.

    pictures, texts  normalised embeddings (B, D), row i of one belonging to row i of the other
    scale            the factor of the similarities, exp of the learned temperature
    is_true          bool (B, B): caption j holds of picture i; such a pair is no negative, and only (i, i) a positive
    Returns the mean of both cross-entropies.
    """
    own = torch.eye(len(is_true), dtype=torch.bool, device=is_true.device)
    logits = (scale * pictures @ texts.T).masked_fill(is_true & ~own, float("-inf"))
    target = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def export_clip(model: CLIPModel, processor: CLIPProcessor, words: list[str], folder: Path) -> None:
    """Save a model in float16 with processor, known words and checksums; the card of the folder stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name != "README.md":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with quiet_libraries():
        model.to(torch.float16).save_pretrained(folder, safe_serialization=True)
        model.to(torch.float32)
        processor.save_pretrained(folder)
    _write_for_transformers_4(folder, processor)
    (folder / WORDS_FILE).write_text("\n".join(words) + "\n", encoding="utf-8")
    write_checksums(folder)


def _write_for_transformers_4(folder: Path, processor: CLIPProcessor) -> None:
    """Write the files that transformers 4 looks for beside those of 5, and let both load in float32."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    for part in (config, config["text_config"], config["vision_config"]):
        part.pop("dtype", None)
    config["torch_dtype"] = "float32"  # the key that both versions read
    _write_json(folder / "config.json", config)
    _write_json(folder / "preprocessor_config.json", processor.image_processor.to_dict())
    bpe = json.loads(processor.tokenizer.backend_tokenizer.to_str())["model"]
    _write_json(folder / "vocab.json", bpe["vocab"])
    merges = "".join(f"{left} {right}\n" for left, right in bpe["merges"])
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}", encoding="utf-8")


def _write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
