"""The tokenizer of the pocket model: one piece a word, in T5's own format."""

from __future__ import annotations

from transformers import T5Tokenizer

from training.captions import MARKS

PROMPT_LENGTH = 77  # what IFPipeline.encode_prompt pads to


def build_tokenizer(words: list[str]) -> T5Tokenizer:
    """Make a T5 tokenizer that knows exactly `words`; anything else becomes the unknown token."""
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces = [("▁", -2.0)] + [(f"▁{word}", -1.0) for word in words] + [(mark, -3.0) for mark in MARKS]
    return T5Tokenizer(vocab=special + pieces, extra_ids=0, model_max_length=PROMPT_LENGTH)
