"""A scripted denoiser: it answers each prompt by a fixed smooth function of picture and time.

A call's answer depends on nothing else: not on its place in a batch, not on the calls before it. One batched call and
several single ones, in any order, are therefore judged alike.
"""

from collections.abc import Iterable

import torch

from helpers.checks.pictures import same_rows, smooth_pictures
from helpers.checks.steps import ABAR

_SILENT = -40.0  # log variance, measured from the lower end of its range, at which a step's noise is below rounding
_LOWEST = -3e4  # v of which two still add up in half precision
_SHARED, _OWN = 0.2, 0.05  # of x_0_pred: what all prompts share, what each has of its own; guided it stays in [-1, 1]


class ScriptedDenoiser:
    """A denoiser for `answering` whose eps and v are known in closed form, for named prompts.

    embeds  name -> embeddings (1, L, D); an answer to others is that of no prompt
    pairs   (t, t') of the steps: the noise that v asks for lies between the bounds of that step
    shape   (1, 3, H, W)
    source  draws the function
    silent  True: the variance channels ask for no noise, and every step is exact
    """

    def __init__(
        self,
        embeds: dict[str, torch.Tensor],
        pairs: Iterable[tuple[int, int]],
        shape: tuple[int, ...],
        source: torch.Generator,
        silent: bool,
    ):
        self.embeds, self.silent = embeds, silent
        self._previous = dict(pairs)
        self._phase = 3 * torch.randn(shape, generator=source).double()
        self._width_phase = 6 * smooth_pictures(shape, source).double()
        # Every prompt differs from every other in the coarse and in the fine of the picture, and in its noise.
        fine = torch.rand((len(embeds), *shape[1:]), generator=source).double() * 2 - 1
        own = _OWN * torch.tanh(3 * (smooth_pictures(fine.shape, source).double() + fine))
        self._own = dict(zip(embeds, own.unsqueeze(1), strict=True))
        self._width = dict(zip(embeds, torch.linspace(0.9, -0.9, len(embeds)).tolist(), strict=True))
        self._width_turn = {name: k for k, name in enumerate(embeds)}  # so that a filtered v is no other prompt's v

    def name_of(self, row: torch.Tensor) -> str | None:
        """Return the name of the prompt whose embeddings (1, L, D) these are, or None."""
        return next((name for name, given in self.embeds.items() if same_rows(row, given)), None)

    def answer(self, x_t: torch.Tensor, t: int, name: str | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return eps and v, (1, 3, H, W) each, for a picture (1, 3, H, W) float64 under a prompt."""
        x_0 = _SHARED * torch.sin(1.3 * x_t + self._phase) + self._own.get(name, 0)
        eps = (x_t - ABAR[t].sqrt() * x_0) / (1 - ABAR[t]).sqrt()  # Ho et al. 2020, eq. 4
        turn = self._width_phase + self._width_turn.get(name, 0)
        above = self._width.get(name, 0) + 0.6 * torch.sin(0.5 * x_t + turn)
        above = torch.full_like(eps, _SILENT) if self.silent else above
        t_prev = self._previous.get(t, max(t - 1, 0))
        log_range = ((1 - ABAR[t]) / (1 - ABAR[t_prev])).log() if t else torch.ones(())
        v = (2 * above / log_range - 1).clamp(min=_LOWEST)
        return eps, v  # v for a log variance that lies `above` the lower end of its range

    def __call__(self, x_t, t, prompt_embeds, call_index=0) -> torch.Tensor:
        """Answer a call row by row: (B, 6, H, W)."""
        rows = zip(x_t.double().split(1), t.tolist(), prompt_embeds.split(1), strict=True)
        return torch.cat([torch.cat(self.answer(x, time, self.name_of(row)), dim=1) for x, time, row in rows])
