"""The tokenizer of the pocket model: one piece a word, in T5's own format."""

from __future__ import annotations

from transformers import BatchEncoding, T5Tokenizer

from training.captions import MARKS

PROMPT_LENGTH = 77  # what IFPipeline.encode_prompt pads to


def build_tokenizer(words: list[str]) -> T5Tokenizer:
    """Make a T5 tokenizer that knows exactly `words`; anything else becomes the unknown token."""
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces = [("▁", -2.0)] + [(f"▁{word}", -1.0) for word in words] + [(mark, -3.0) for mark in MARKS]
    return T5Tokenizer(vocab=special + pieces, extra_ids=0, model_max_length=PROMPT_LENGTH)


def tokenize(tokenizer: T5Tokenizer, prompts: list[str]) -> BatchEncoding:
    """Token ids and attention mask, each (B, 77), exactly as IFPipeline.encode_prompt makes them."""
    return tokenizer(
        prompts,
        padding="max_length",
        max_length=PROMPT_LENGTH,
        truncation=True,
        add_special_tokens=True,
        return_tensors="pt",
    )
