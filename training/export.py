"""Write trained models in half precision: an IFPipeline as a folder with checksums, a network as one file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from diffusers import IFPipeline
from safetensors.torch import save_file
from sentencepiece import sentencepiece_model_pb2

from helpers.denoisers.pocket import quiet_libraries
from helpers.weights import CHECKSUMS, sha256

PART = "15MB"  # a larger part of the model is written as several files
LARGEST_FILE = 16 * 2**20  # bytes; a repository carries every version of a weight file for ever


NOT_SUMMED = (CHECKSUMS, "README.md", "measured.json")  # measuring a model leaves its checksums as they are


def save_halved(state: dict[str, torch.Tensor], path: Path, header: dict[str, str] | None = None) -> None:
    """Write the tensors of a network, those of float type in float16; `helpers.cache.load_widened` reads them."""
    halved = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
    save_file({key: value.contiguous() for key, value in halved.items()}, path, header)
    path.chmod(0o644)  # safetensors leaves it to its owner alone


def export_pipeline(pipeline: IFPipeline, folder: Path) -> None:
    """Save all parts of a pipeline in float16 and a list of checksums. Raises ValueError for a file over 16 MiB.

    A README.md already in the folder stays: the card is made by training/measuring/pocket.py, once there are numbers.
    """
    for part in ("unet", "text_encoder", "tokenizer", "scheduler"):
        shutil.rmtree(folder / part, ignore_errors=True)
    with quiet_libraries():
        pipeline.to(dtype=torch.float16).save_pretrained(folder, safe_serialization=True, max_shard_size=PART)
        pipeline.to(dtype=torch.float32)
    _load_in_float32(folder / "text_encoder" / "config.json")
    _write_for_transformers_4(folder / "tokenizer")
    write_checksums(folder)


def _load_in_float32(path: Path) -> None:
    """Let transformers load float32 when nobody says which: it would take the file's float16, diffusers does not."""
    config = json.loads(path.read_text(encoding="utf-8"))
    config.pop("dtype", None)
    config["torch_dtype"] = "float32"  # the key that transformers 4 and 5 both read
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _write_for_transformers_4(folder: Path) -> None:
    """Write the pieces as spiece.model too, which transformers 4 reads, and a configuration for both."""
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    config.pop("extra_special_tokens", None)  # a list in transformers 5, a dictionary in 4; ours is empty
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    pieces = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    proto = sentencepiece_model_pb2.ModelProto()
    kinds = {"<pad>": 3, "</s>": 3, "<unk>": 2}  # 3 = control, 2 = unknown, 1 = a normal piece
    for piece, score in pieces:
        proto.pieces.add(piece=piece, score=score, type=kinds.get(piece, 1))
    proto.trainer_spec.model_type = 1  # unigram
    proto.trainer_spec.vocab_size = len(pieces)
    proto.trainer_spec.pad_id, proto.trainer_spec.eos_id, proto.trainer_spec.unk_id = 0, 1, 2
    proto.trainer_spec.bos_id = -1
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.add_dummy_prefix = True
    proto.normalizer_spec.remove_extra_whitespaces = True
    proto.normalizer_spec.escape_whitespaces = True
    (folder / "spiece.model").write_bytes(proto.SerializeToString())


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS for all files but the card and its numbers, in the format of `sha256sum`."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in NOT_SUMMED)
    for path in files:
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError(f"{path} has {path.stat().st_size} bytes, more than {LARGEST_FILE}: train a leaner model.")
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
