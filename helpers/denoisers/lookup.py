"""A text encoder that knows a list of prompts by heart, in the form that `IFPipeline.encode_prompt` expects."""

import difflib
from collections.abc import Iterable
from typing import NamedTuple

import torch


class TokenIds(NamedTuple):
    """What a tokenizer returns: one token for each prompt."""

    input_ids: torch.Tensor  # (B, 1) int64
    attention_mask: torch.Tensor  # (B, 1) int64, all ones


class LookupTokenizer:
    """Turns a whole prompt into one token, the row of the table in which its embedding stands.

    rows  {prompt: row}; prompts are compared in lower case and without outer spaces, as IFPipeline writes them
    cure  what a reader can do about an unknown prompt, a sentence of the error
    """

    def __init__(self, rows: dict[str, int], cure: str):
        self.rows = {_plain(prompt): row for prompt, row in rows.items()}
        self.cure = cure

    def __call__(self, prompts, **options) -> TokenIds:
        """Return one token for each prompt; padding and truncation options make no difference to one token.

        Raises ValueError for an unknown prompt, naming the nearest known ones.
        """
        prompts = [prompts] if isinstance(prompts, str) else list(prompts)
        ids = torch.tensor([[self.row(prompt)] for prompt in prompts], dtype=torch.int64)
        return TokenIds(ids, torch.ones_like(ids))

    def knows(self, prompt: str) -> bool:
        """Tell whether the table has an embedding of a prompt."""
        return _plain(prompt) in self.rows

    def append(self, prompts: Iterable[str]) -> None:
        """Give new prompts the rows after the last one."""
        for row, prompt in enumerate(prompts, max(self.rows.values()) + 1):
            self.rows[_plain(prompt)] = row

    def row(self, prompt: str) -> int:
        """Return the row of a prompt, or raise ValueError with the nearest known prompts."""
        plain = _plain(prompt)
        if plain not in self.rows:
            near = difflib.get_close_matches(plain, self.rows, n=3, cutoff=0.0)
            raise ValueError(
                f"This denoiser has no embedding of {prompt!r}; the nearest of its {len(self.rows)} prompts are "
                f"{', '.join(map(repr, near))}. {self.cure}"
            )
        return self.rows[plain]


def _plain(prompt: str) -> str:
    return " ".join(prompt.lower().split())


class LookupTextEncoder(torch.nn.Module):
    """Answers each token with its row of a table of embeddings.

    table  (number of prompts, L, D) floating
    """

    def __init__(self, table: torch.Tensor):
        super().__init__()
        self.register_buffer("table", table)

    @property
    def dtype(self) -> torch.dtype:
        return self.table.dtype

    @property
    def device(self) -> torch.device:
        return self.table.device

    def append(self, embeddings: torch.Tensor) -> None:
        """Add embeddings (n, L, D) of further prompts below the table's last row."""
        self.table = torch.cat([self.table, embeddings.to(self.table)])

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> tuple[torch.Tensor]:
        """Return the embeddings (B, L, D) of the tokens (B, 1), in a tuple as a transformers model does."""
        return (self.table[input_ids[:, 0]],)
