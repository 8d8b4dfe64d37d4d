"""The words of the pocket model: its tokenizer, and how the text encoder is taught before the U-Net listens to it.

Trained together from random weights, the U-Net learns to ignore a text that means nothing yet, and the text encoder
then gets no reason to mean anything: after 400 steps the right caption denoised no better than a wrong one. So the text
encoder learns first, from captions alone, and stays as it is while the U-Net trains, as in DeepFloyd IF.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from transformers import BatchEncoding, T5EncoderModel, T5Tokenizer

from training.captions import MARKS, Caption, all_facts, any_caption

PROMPT_LENGTH = 77  # what IFPipeline.encode_prompt pads to
PADDING = 6  # tokens behind the longest caption of a batch, in the first steps
ALL_TOKENS = 0.85  # of the steps, after which all 77 tokens are shown


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


def teach_text_encoder(
    encoder: T5EncoderModel,
    tokenizer: T5Tokenizer,
    subjects: dict[str, Any],
    steps: int,
    batch_size: int,
    seed: int,
    old: tuple[T5EncoderModel, T5Tokenizer] | None = None,
) -> float:
    """Train the encoder so that a linear map of its mean token names the stated facts; returns the share named right.

    The mean runs over the padding, too: the U-Net is given all 77 tokens, without a mask.
    With an `old` encoder, captions that it knows keep the embeddings that it gives them (a squared distance joins the
    loss): a U-Net that has learned to listen to the old one then understands the new one.
    """
    facts = {fact: i for i, fact in enumerate(all_facts(subjects))}
    rng, head = np.random.default_rng([seed, 0]), torch.nn.Linear(encoder.config.d_model, len(facts))
    with torch.no_grad():
        encoder.shared.weight[encoder.config.pad_token_id] = 0  # padding says only what it has read
        head.bias.fill_(-3)  # most facts are not stated
    optimizer = torch.optim.AdamW([*encoder.parameters(), *head.parameters()], lr=3e-3, weight_decay=0.0)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps, pct_start=0.15)
    right = 0.0
    for step in range(steps):
        captions = [any_caption(subjects, rng) for _ in range(batch_size)]
        target = torch.zeros(batch_size, len(facts))
        for i, caption in enumerate(captions):
            target[i, [facts[fact] for fact in caption.facts]] = 1
        tokens = tokenize(tokenizer, [caption.text for caption in captions])
        longest = int(tokens.attention_mask.sum(dim=1).max())
        # most of the padding says the same: leaving it out until the last steps saves two thirds of the time
        kept = tokens.input_ids.shape[1] if step >= ALL_TOKENS * steps else longest + PADDING
        embeds = encoder(tokens.input_ids[:, :kept], attention_mask=tokens.attention_mask[:, :kept])[0]
        answer = head(embeds.mean(dim=1))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(answer, target)
        if old is not None:
            loss = loss + _distance_to_old(embeds, captions, *old)
        loss.backward()
        optimizer.step()
        rate.step()
        optimizer.zero_grad()
        right = 0.9 * right + 0.1 * float(((answer > 0) == (target > 0)).all(dim=1).float().mean())
    return right


def take_over_words(encoder: T5EncoderModel, tokenizer: T5Tokenizer, old: tuple[T5EncoderModel, T5Tokenizer]) -> None:
    """Copy an old encoder's weights into one with another vocabulary, word by word; new words stay as drawn."""
    old_encoder, old_tokenizer = old
    words = ("shared.weight", "encoder.embed_tokens.weight")
    state = {name: value for name, value in old_encoder.state_dict().items() if name not in words}
    encoder.load_state_dict(state, strict=False)
    known = old_tokenizer.get_vocab()
    with torch.no_grad():
        for piece, i in tokenizer.get_vocab().items():
            if piece in known:
                encoder.shared.weight[i] = old_encoder.shared.weight[known[piece]]


def _distance_to_old(
    embeds: torch.Tensor, captions: list[Caption], encoder: T5EncoderModel, tokenizer: T5Tokenizer
) -> torch.Tensor:
    """Mean squared distance to the old embeddings, over the captions whose words the old tokenizer knows."""
    tokens = tokenize(tokenizer, [caption.text for caption in captions])
    known = (tokens.input_ids != tokenizer.unk_token_id).all(dim=1)
    with torch.no_grad():
        before = encoder(tokens.input_ids, attention_mask=tokens.attention_mask)[0]
    return ((embeds - before)[known] ** 2).sum() / before[known].numel() if known.any() else embeds.new_zeros(())
