"""The tokenizer of the pocket CLIPs: CLIP's own byte-pair encoding, learned until each known word is one token."""

from __future__ import annotations

import re
import string
from collections import Counter

from transformers import BatchEncoding, CLIPTokenizer

BEGIN, END, UNKNOWN = "<|startoftext|>", "<|endoftext|>", "<|unknown|>"
END_OF_WORD = "</w>"
PROMPT_LENGTH = 32
MARKS = ".,-"


def known_words(vocabulary: list[str]) -> list[str]:
    """The words of a vocabulary as the tokenizer cuts them: letters or single digits, sorted."""
    return sorted({piece for word in vocabulary for piece in re.findall(r"[^\W\d_]+|\d", word.lower())})


def learn_merges(words: list[str]) -> list[tuple[str, str]]:
    """Merge the most frequent pair of pieces over and over until each word is one piece (Sennrich et al. 2016).

    Replayed in the same order, as byte-pair encoding does, the merges put every one of the words together again.
    """
    split, merges = [[*word[:-1], word[-1] + END_OF_WORD] for word in words], []
    while split := [pieces for pieces in split if len(pieces) > 1]:
        counts = Counter(pair for pieces in split for pair in zip(pieces, pieces[1:], strict=False))
        best = min(counts, key=lambda pair: (-counts[pair], pair))  # equal counts: alphabetically, to be repeatable
        merges.append(best)
        for pieces in split:
            _merge(pieces, best)
    return merges


def _merge(pieces: list[str], pair: tuple[str, str]) -> None:
    i = 0
    while i < len(pieces) - 1:
        if (pieces[i], pieces[i + 1]) == pair:
            pieces[i : i + 2] = ["".join(pair)]
        i += 1


def build_clip_tokenizer(words: list[str]) -> CLIPTokenizer:
    """Make a CLIPTokenizer to which each of `words` is one token; other words fall into smaller pieces."""
    merges = learn_merges(words)
    letters = string.ascii_lowercase + string.digits + MARKS
    tokens = [BEGIN, END, UNKNOWN, *letters, *(letter + END_OF_WORD for letter in letters)]
    tokens += [left + right for left, right in merges]
    return CLIPTokenizer(
        vocab={token: i for i, token in enumerate(dict.fromkeys(tokens))},
        merges=merges,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=END,
        unk_token=UNKNOWN,
        model_max_length=PROMPT_LENGTH,
    )


def tokenize_captions(tokenizer: CLIPTokenizer, captions: list[str]) -> BatchEncoding:
    """Token ids and attention mask, each (B, L), L = the longest caption's tokens, 32 at most."""
    return tokenizer(captions, padding=True, truncation=True, max_length=PROMPT_LENGTH, return_tensors="pt")
