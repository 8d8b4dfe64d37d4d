"""The door in front of a denoiser, and the worlds that a check can put behind it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch

TRAINING_STEPS = 1000
World = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


class Call(NamedTuple):
    """One call of a denoiser."""

    x_t: torch.Tensor  # (B, C, H, W), any floating dtype
    t: torch.Tensor  # (B,) int64, 0 .. T-1
    prompt_embeds: torch.Tensor  # (B, L, D)


def read_call(x_t, t, prompt_embeds, training_steps: int = TRAINING_STEPS) -> Call:
    """Return a denoiser's arguments in one form, or say which of them no denoiser could answer.

    x_t            (B, C, H, W) floating, finite
    t              a number, a 0-d tensor or (B,); whole numbers in 0 .. training_steps - 1
    prompt_embeds  (B, L, D) floating, finite: one row for each row of x_t
    Raises ValueError.
    """
    _require_floats("x_t", x_t, "(B, C, H, W)", dimensions=4)
    _require_floats("encoder_hidden_states", prompt_embeds, "(B, L, D)", dimensions=3)
    if len(prompt_embeds) != len(x_t):
        raise ValueError(
            f"encoder_hidden_states has {len(prompt_embeds)} rows and x_t has {len(x_t)}; expected one row of "
            f"embeddings for each picture. Repeat them with prompt_embeds.expand({len(x_t)}, -1, -1)."
        )
    return Call(x_t, _read_t(t, len(x_t), training_steps).to(x_t.device), prompt_embeds)


def _require_floats(name: str, value, shape: str, dimensions: int) -> None:
    if not isinstance(value, torch.Tensor):
        raise ValueError(f"{name} is a {type(value).__name__}; expected a tensor {shape}.")
    if value.ndim != dimensions or not value.is_floating_point():
        raise ValueError(f"{name} is {tuple(value.shape)} of {value.dtype}; expected {shape} of a floating dtype.")
    wrong = value.numel() - int(value.detach().isfinite().sum())
    if wrong:
        raise ValueError(
            f"{name} holds {wrong} values that are NaN or infinite of {value.numel()}; expected finite ones. "
            "Look for a division by zero or the root of a negative number in the step before."
        )


def _read_t(t, batch: int, training_steps: int) -> torch.Tensor:
    """Return t as int64 (batch,) on the CPU."""
    values = torch.as_tensor(t).detach().cpu()
    if values.ndim > 1 or values.numel() not in (1, batch):
        raise ValueError(f"t has shape {tuple(values.shape)}; expected a number or ({batch},), one for each picture.")
    whole = values.to(torch.int64)
    outside = (whole != values) | (whole < 0) | (whole >= training_steps)
    if outside.any():
        wrong = values[outside].reshape(-1)[0].item()
        raise ValueError(
            f"t is {wrong}; expected a whole number from 0 to {training_steps - 1}. "
            "It is the timestep itself (strided_timesteps[i]), not its index i and not t / T."
        )
    return whole.reshape(-1).expand(batch).clone()


class DoorUNet(torch.nn.Module):
    """A U-Net that hands its calls to a world while one is in place, and is the wrapped U-Net otherwise.

    network  the U-Net behind the door; its attributes (config, dtype, device, ...) are the door's too

    The wrapped U-Net gets its inputs in its own dtype and on its own device, and answers in those of x_t: one and the
    same code runs on a half-precision network on the GPU and on a single-precision one on the CPU.
    """

    def __init__(self, network: torch.nn.Module):
        super().__init__()
        self.network = network
        self.world: World | None = None

    def __setattr__(self, name: str, value) -> None:
        if name == "world":  # no part of the network: a world that is a module must not be registered as one
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def __getattr__(self, name: str):
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "network":  # not set yet, while a copy or a pickle is being put together
                raise
            return getattr(self.network, name)

    def forward(self, sample, timestep, encoder_hidden_states=None, *args, return_dict: bool = True, **options):
        """Answer like `UNet2DConditionModel.forward`: (B, 2C, H, W), the noise and the variance channels."""
        if self.world is None:
            x_t, t, prompt_embeds = self._as_weights((sample, timestep, encoder_hidden_states))
            answer = self.network(x_t, t, prompt_embeds, *args, return_dict=False, **options)[0]
            return as_unet_output(answer.to(sample), return_dict)

        answer = self.world(*read_call(sample, timestep, encoder_hidden_states))
        answer = answer if isinstance(answer, torch.Tensor) else answer.sample  # a world may be a U-Net itself
        expected = (len(sample), 2 * sample.shape[1], *sample.shape[2:])
        if tuple(answer.shape) != expected:
            raise ValueError(f"The world answered {tuple(answer.shape)}; expected {expected}, six channels for three.")
        return as_unet_output(answer, return_dict)

    def _as_weights(self, values: tuple) -> tuple:
        """Return the tensors among the values on the network's device, the floating ones in its dtype."""
        weight = next(self.network.parameters(), None)
        if weight is None:  # a closed form: it takes what it is given
            return values
        return tuple(
            value.to(weight.device, weight.dtype if value.is_floating_point() else None)
            if isinstance(value, torch.Tensor)
            else value
            for value in values
        )


def as_unet_output(answer: torch.Tensor, return_dict: bool):
    """Return a denoiser's answer in the two forms of `UNet2DConditionModel.forward`."""
    if not return_dict:
        return (answer,)
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput

    return UNet2DConditionOutput(sample=answer)


@contextmanager
def answering(stage_1, world: World) -> Iterator[None]:
    """Put a world behind `stage_1.unet`, and everything back as it was on the way out, also after an error.

    stage_1  a pipeline from `load_stage_1`
    world    called with x_t (B, C, H, W), t (B,) int64 and prompt_embeds (B, L, D); answers (B, 2C, H, W), or as a
             U-Net does: a Spy, an ExactUNet, any function
    Raises TypeError if the pipeline's U-Net has no door.
    """
    door = stage_1.unet
    if not isinstance(door, DoorUNet):
        raise TypeError(
            f"stage_1.unet is a {type(door).__name__}; expected a DoorUNet. Load the pipeline with load_stage_1()."
        )
    outer, scheduler = door.world, stage_1.scheduler
    state = _remember(scheduler)
    door.world = world
    try:
        yield
    finally:
        door.world = outer
        stage_1.unet, stage_1.scheduler = door, scheduler
        _restore(scheduler, state)


def _remember(scheduler) -> dict:
    """Return every attribute of a scheduler; tensors with a copy of their values."""
    return {
        name: (value, value.clone() if isinstance(value, torch.Tensor) else None)
        for name, value in vars(scheduler).items()
    }


def _restore(scheduler, state: dict) -> None:
    """Give a scheduler its remembered attributes back: the same objects, with the same values in them."""
    vars(scheduler).clear()
    for name, (value, values) in state.items():
        if values is not None:
            value.copy_(values)
        vars(scheduler)[name] = value
