"""A denoiser that writes down how it was called and answers from a script."""

from collections.abc import Callable

import torch

from helpers.denoisers.world import Call, read_call

Script = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, int], torch.Tensor]


class Spy:
    """A world for `answering` that records every call, so that a check can verify each step of a loop by itself.

    script  called with x_t (B, C, H, W), t (B,), prompt_embeds (B, L, D) and the index of the call;
            answers (B, 2C, H, W). Its tensors are detached float64 on the CPU, t int64.
    calls   list of Call, in the order they came, in the same form
    """

    def __init__(self, script: Script):
        self.script = script
        self.calls: list[Call] = []

    def __call__(self, x_t, t, prompt_embeds) -> torch.Tensor:
        """Record the call and return the script's answer in the dtype and on the device of x_t.

        Raises ValueError for a call that no denoiser could answer (see `read_call`).
        """
        call = read_call(x_t, t, prompt_embeds)
        seen = Call(_copied(call.x_t), call.t.cpu(), _copied(call.prompt_embeds))
        self.calls.append(Call(*(value.clone() for value in seen)))  # a script that writes in place spoils no record
        answer = self.script(*seen, len(self.calls) - 1)
        return answer.to(device=x_t.device, dtype=x_t.dtype)


def _copied(values: torch.Tensor) -> torch.Tensor:
    return values.detach().to(device="cpu", dtype=torch.float64, copy=True)


def x_0_script(
    picture_of: Callable[[int, torch.Tensor, torch.Tensor], torch.Tensor],
    alphas_cumprod: torch.Tensor,
    log_variance_fraction: float = 0.0,
) -> Script:
    """Return a script whose noise makes a right estimate of x_0 come out as a known picture.

    eps = (x_t - sqrt(alpha_bar_t) x_0) / sqrt(1 - alpha_bar_t): Ho et al. 2020, eq. 4 solved for eps.

    picture_of             called with call_index, t (B,), prompt_embeds; returns x_0 (C, H, W) or (B, C, H, W)
    alphas_cumprod         (T,)
    log_variance_fraction  0 = the lower bound of the learned range, 1 = the upper; fills the variance channels
    """
    kept = alphas_cumprod.detach().to(device="cpu", dtype=torch.float64)

    def script(x_t, t, prompt_embeds, call_index):
        alpha_bar_t = kept[t].reshape(-1, 1, 1, 1)
        x_0 = torch.as_tensor(picture_of(call_index, t, prompt_embeds)).to(x_t)
        eps = (x_t - alpha_bar_t.sqrt() * x_0) / (1 - alpha_bar_t).sqrt()
        v = torch.full_like(eps, 2 * log_variance_fraction - 1)  # frac = (v + 1) / 2, Nichol & Dhariwal 2021, eq. 15
        return torch.cat([eps, v], dim=1)

    return script
