"""The parts of a pocket CLIP: the model, its processor, its loss, and the folder in transformers' own format."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

from helpers.denoisers.pocket import quiet_libraries
from training.config import Config
from training.export import write_checksums

WORDS_FILE = "words.txt"
LARGEST_SCALE = 100.0  # of the similarities in the loss: Radford et al. 2021, section 2.5


def build_clip(config: Config, tokenizer: CLIPTokenizer) -> CLIPModel:
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
