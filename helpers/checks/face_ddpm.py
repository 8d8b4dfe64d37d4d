"""What the checks of chapter 12 share, whose schedule is the notebook's own: T = 200, beta from 1e-4 to 0.02.

The network is called with time steps as whole numbers, one for each picture.
"""

import torch
from torch import Tensor, nn

from helpers.checks.ddpm import Loss, loss_of, require_whole
from helpers.checks.ddpm_rules import Schedule, schedule_of
from helpers.checks.report import Mistake
from helpers.checks.spies import SpyFaceDenoiser, ToyDenoiser
from helpers.checks.student_function import StudentFunction
from helpers.face_ddpm import TIMESTEPS
from helpers.schedules import linear_betas

SHAPE = (3, 8, 8)  # of a picture; small, since a sampler calls the network 200 times

ONE_T = Mistake("one_t_for_all", "the network gets a single t: torch.full((len(x),), t) gives one for each picture")


def schedule() -> Schedule:
    """Return the chapter's schedule in float64."""
    return schedule_of(linear_betas(TIMESTEPS))


def face_denoiser(seed: int) -> SpyFaceDenoiser:
    """Return a spy for the chapter's times and small pictures."""
    return SpyFaceDenoiser(TIMESTEPS, seed, SHAPE)


def times_of(student: StudentFunction, t: Tensor, count: int) -> Tensor:
    """Return the time steps of a call, and require whole numbers, one for each picture."""
    if tuple(t.shape) != (count,):
        student.fail(
            "the network gets another number of times than pictures",
            expected=f"shape ({count},)",
            got=f"shape {tuple(t.shape)}",
            mistake=ONE_T if t.numel() == 1 else None,
        )
    return require_whole(student, t)


def times_asked(student: StudentFunction, model: SpyFaceDenoiser) -> list[int]:
    """Return the time step of each call of a sampler."""
    return [int(times_of(student, call.t, len(call.x))[0]) for call in model.calls]


def losses(student: StudentFunction, count: int, seed: int) -> list[Loss]:
    """Call `p_losses(model, x0)` on batches of 64 pictures."""
    source = torch.Generator().manual_seed(seed + 97)

    def one(number: int) -> Loss:
        model, x_0 = ToyDenoiser(), torch.randn((64, *SHAPE), generator=source, dtype=torch.float64)
        return loss_of(student, model, x_0, (model, x_0), 1000 * seed + number, lambda t: times_of(student, t, 64))

    return [one(number) for number in range(count)]


class SmallNet(nn.Module):
    """A network that computes something else in training than in evaluation."""

    def __init__(self):
        super().__init__()
        self.layer, self.norm = nn.Linear(3, 4), nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, 4)."""
        return self.norm(self.layer(x))
