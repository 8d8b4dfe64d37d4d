"""Networks that stand in for a student's network: they keep what they are asked, and their answers are known."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Asked(NamedTuple):
    """One call of a network.

    x         pictures (B, C, H, W), float64
    t         times as they were given, float64
    classes   rows of numbers (B, K) as they were given, float64; None where there are none
    training  whether the network was in training mode
    """

    x: Tensor
    t: Tensor
    classes: Tensor | None
    training: bool


class Spy(nn.Module):
    """A network that keeps its calls."""

    def __init__(self, weight: float, dtype: torch.dtype = torch.float32):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight, dtype=dtype))
        self.calls: list[Asked] = []

    def keep(self, x: Tensor, t: Tensor, classes: Tensor | None = None) -> Asked:
        """Keep a call, and return it."""
        x, t, classes = (
            value if value is None else torch.as_tensor(value).detach().clone().double() for value in (x, t, classes)
        )
        self.calls.append(Asked(x, t, classes, self.training))
        return self.calls[-1]


class ToyDenoiser(Spy):
    """A network with one weight, x_t -> weight * x_t: its loss and the gradient of that follow in closed form."""

    def __init__(self):
        super().__init__(0.6, torch.float64)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return weight * x."""
        self.keep(x, t)
        return self.weight.to(x) * x


class ToyClassDenoiser(ToyDenoiser):
    """The same network behind a call with classes."""

    def forward(self, x: Tensor, c: Tensor, t: Tensor) -> Tensor:
        """Return weight * x."""
        self.keep(x, t, c)
        return self.weight.to(x) * x


class LinearToy(Spy):
    """A weight and an offset for every pixel, x -> weight * x + offset, that keeps its state at each call, too."""

    def __init__(self, weight: float, offset: float, dtype: torch.dtype = torch.float64):
        super().__init__(weight, dtype)
        self.offset = nn.Parameter(torch.tensor(offset, dtype=dtype))
        self.states: list[Tensor] = []

    def forward(self, x: Tensor, t=0) -> Tensor:
        """Return weight * x + offset."""
        self.keep(x, t)
        self.states.append(self.state())
        return self.weight * x + self.offset

    def state(self) -> Tensor:
        """Return weight and offset."""
        return torch.stack([self.weight.detach(), self.offset.detach()]).clone()


class SpyDenoiser(Spy):
    """A network whose noise is known, other at each time and for each class: the step of a sampler follows from it.

    num_ts  number of time steps; the network gets t / num_ts
    shape   of a picture
    """

    def __init__(self, num_ts: int, seed: int, shape: tuple[int, ...] = (1, 28, 28)):
        super().__init__(0.0)
        source = torch.Generator().manual_seed(seed)
        self.num_ts = num_ts
        self.fields = 1.5 * torch.randn((num_ts, *shape), generator=source, dtype=torch.float64)
        self.of_class = 0.7 * torch.randn((10, *shape), generator=source, dtype=torch.float64)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the noise at times t / T."""
        asked = self.keep(x, t)
        return self.noise(asked.x, int((asked.t.reshape(-1)[0] * self.num_ts).round())).to(x)

    def noise(self, x: Tensor, index: int, classes: Tensor | None = None) -> Tensor:
        """Return the noise in pictures (B, C, H, W) at a time step; classes (B, 10) for those of a class."""
        noise = 0.4 * x + self.fields[min(max(index, 0), self.num_ts - 1)]
        return noise if classes is None else noise + torch.einsum("bk,kchw->bchw", classes, self.of_class)


class SpyClassDenoiser(SpyDenoiser):
    """The same network behind a call with classes, which may ask for different times in one batch."""

    def forward(self, x: Tensor, c: Tensor, t: Tensor) -> Tensor:
        """Return the noise of each picture."""
        self.keep(x, t, c)
        return torch.cat([self.noise(x, round(time), c) for x, c, time in self.rows()[-len(x) :]]).to(x)

    def rows(self) -> list[tuple[Tensor, Tensor, float]]:
        """Return each picture (1, C, H, W) that was asked about, with its class (1, 10) and its number of a step."""
        return [
            row
            for x, t, classes, _ in self.calls
            for row in zip(
                x.split(1), classes.split(1), (t.reshape(-1).expand(len(x)) * self.num_ts).tolist(), strict=True
            )
        ]


class SpyFaceDenoiser(SpyDenoiser):
    """The same network behind a call with whole time steps, one for each picture."""

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the noise at time steps t (B,); whether they are whole numbers is judged later."""
        asked = self.keep(x, t)
        return self.noise(asked.x, int(asked.t.flatten()[0])).to(x)


class SpyVelocity(Spy):
    """A velocity that is known, 0.3 x + (1 + t) field, at times from 0 to 1."""

    def __init__(self, seed: int):
        super().__init__(0.0)
        self.field = torch.randn((1, 1, 28, 28), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the velocity at x and t."""
        asked = self.keep(x, t)
        return self.velocity(asked.x, asked.t.mean().item()).to(x)

    def velocity(self, x: Tensor, t: float) -> Tensor:
        """Return the velocity of pictures at one time."""
        return 0.3 * x + (1 + t) * self.field
