"""Stand-ins for `diffusers.UNet2DModel` and its schedulers that keep what they were asked.

The networks are linear, so that losses, steps and gradients follow in closed form.
"""

from collections import deque
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.checks.spies import LinearToy, Spy

SHAPE = (3, 8, 8)  # of a picture


class _LikeUNet2D:
    """What code reads of a UNet2DModel beside its call."""

    config = SimpleNamespace(sample_size=SHAPE[-1], in_channels=3, out_channels=3)
    dtype, device = torch.float32, torch.device("cpu")

    def _packed(self, eps: Tensor, return_dict: bool):
        from diffusers.models.unets.unet_2d import UNet2DOutput

        return UNet2DOutput(sample=eps) if return_dict else (eps,)


class ToyUNet2D(_LikeUNet2D, LinearToy):
    """eps = weight * x_t + offset."""

    def __init__(self, weight: float = 0.6, offset: float = 0.0):
        super().__init__(weight, offset, torch.float32)

    def forward(self, sample: Tensor, timestep, class_labels=None, return_dict: bool = True):
        """Return the noise in a sample."""
        return self._packed(super().forward(sample, timestep), return_dict)


class _Seen(torch.autograd.Function):
    """Changes nothing: its place in a graph shows that the network's answer is in it."""

    @staticmethod
    def forward(_, x):
        return x.clone()

    @staticmethod
    def backward(_, gradient):
        return gradient


def with_history(x: Tensor) -> Tensor:
    """Return a picture as one that drags the graph of an earlier call along: for a graph that another process holds."""
    return _Seen.apply(x)


def comes_from(x: Tensor, function: type[torch.autograd.Function]) -> bool:
    """Return whether a picture drags a graph along in which a function of autograd stands."""
    waiting, known = deque([x.grad_fn]), set()
    while waiting:
        node = waiting.popleft()
        if node is None or node in known:
            continue
        if function.__name__ in node.name():
            return True
        known.add(node)
        waiting.extend(parent for parent, _ in node.next_functions)
    return False


class SpyUNet2D(_LikeUNet2D, Spy):
    """eps = direct * x + mirrored * flip(x) + a picture of the time; keeps whether x came from an earlier call."""

    def __init__(self, seed: int):
        super().__init__(1.0)
        self.seed = seed
        self.direct, self.mirrored = 0.55 + 0.05 * (seed % 3), 0.2
        self.holds_graph: list[bool] = []

    def forward(self, sample: Tensor, timestep, class_labels=None, return_dict: bool = True):
        """Return the noise in a sample."""
        asked = self.keep(sample, timestep)
        self.holds_graph.append(comes_from(sample, _Seen))
        return self._packed(_Seen.apply(self.weight * self.noise(sample, asked.t.reshape(-1)[0].item())), return_dict)

    def noise(self, x: Tensor, t: float) -> Tensor:
        """Return the noise in x at a time."""
        source = torch.Generator().manual_seed(100_003 * self.seed + int(t))
        field = torch.randn(SHAPE, generator=source, dtype=torch.float64).to(x)
        return self.direct * x + self.mirrored * x.flip(-1) + field

    def pulled_back(self, gradient: Tensor) -> Tensor:
        """Return the transposed Jacobian of the noise times a gradient."""
        return self.direct * gradient + self.mirrored * gradient.flip(-1)


class SeenStep(NamedTuple):
    """One picture of a call of `scheduler.step`: (3, H, W)."""

    eps: Tensor
    t: int
    x_t: Tensor
    x_prev: Tensor
    x_0: Tensor


class _Spying:
    """Keeps the calls of `step`; `scale_model_input` really scales, as in some schedulers of diffusers."""

    def scale_model_input(self, sample, timestep=None):
        """Return the sample times `input_scale`."""
        return self.input_scale(int(timestep)) * sample

    def input_scale(self, t: int) -> float:
        """Return the factor of the network's input at a time."""
        return 0.8 + 0.2 * t / self.config.num_train_timesteps

    def step(self, model_output, timestep, sample, *args, **kwargs):
        """Do the step, and keep it."""
        again = torch.random.get_rng_state()
        answer = super().step(model_output, timestep, sample, *args, **kwargs)
        after = torch.random.get_rng_state()
        torch.random.set_rng_state(again)
        x_0 = super().step(model_output, timestep, sample).pred_original_sample
        torch.random.set_rng_state(after)
        parts = (model_output, sample, answer[0], x_0)
        for eps, x_t, x_prev, clean in zip(*(part.detach().double() for part in parts), strict=True):
            self.seen.append(SeenStep(eps, int(timestep), x_t, x_prev, clean))
        return answer


def spy_scheduler(kind: str, steps: int):
    """Return a DDPMScheduler or a DDIMScheduler that keeps its calls in `seen`, its time steps set.

    kind  "DDPMScheduler" or "DDIMScheduler"; neither clips x_0_pred, so that gradients pass through all of it
    """
    import diffusers

    scheduler = type(kind, (_Spying, getattr(diffusers, kind)), {})(clip_sample=False)
    scheduler.seen = []
    scheduler.set_timesteps(steps)
    return scheduler
