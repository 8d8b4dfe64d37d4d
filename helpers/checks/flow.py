"""Judging flow matching on the straight path: noise at time 0, pictures at time 1 (Lipman et al. 2023)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from helpers.checks.ddpm import ToyDenoiser
from helpers.checks.ddpm_sampling import TRAINING_MODE
from helpers.checks.report import Mistake
from helpers.checks.student_function import StudentFunction

EQ_PATH = "the equation of the path in this chapter; Lipman et al. 2023, eq. 22 with sigma_min = 0"
EQ_EULER = "the equation of an Euler step in this chapter"

PATHS: dict[Mistake, Callable[[Tensor], tuple[Tensor, Tensor]]] = {
    Mistake("path_reversed", "noise and picture are swapped: here time 0 is noise and time 1 a picture", EQ_PATH): (
        lambda t: (1 - t, t)
    ),
    Mistake(
        "square_roots", "the factors have square roots, as in x_t of a diffusion model: the path is straight", EQ_PATH
    ): (lambda t: (t.sqrt(), (1 - t).sqrt())),
    Mistake("noise_not_scaled", "the noise is added whole: multiply it by 1 - t", EQ_PATH): lambda t: (t, 1 + 0 * t),
    Mistake("noise_missing", "no noise is in it", EQ_PATH): lambda t: (t, 0 * t),
    Mistake("signal_not_scaled", "the picture is added whole: multiply it by t", EQ_PATH): lambda t: (1 + 0 * t, 1 - t),
}
TARGETS: dict[Mistake, Callable[[Tensor, Tensor], Tensor]] = {
    Mistake("velocity_reversed", "the velocity has the wrong sign: x_0 - noise leads to the picture", EQ_PATH): (
        lambda x_0, noise: noise - x_0
    ),
    Mistake("target_is_noise", "the answer is compared with the noise: the velocity is asked for", EQ_PATH): (
        lambda x_0, noise: noise
    ),
    Mistake("target_is_x_0", "the answer is compared with the picture: the velocity is asked for", EQ_PATH): (
        lambda x_0, noise: x_0
    ),
}
ONE_TIME = Mistake("one_time_for_all", "all pictures of a batch get the same time: draw one for each", EQ_PATH)
WHOLE_TIMES = Mistake("times_are_whole", "t is 0 or 1 only: draw it with rand, from 0 to 1", EQ_PATH)


def require_flow_loss(student: StudentFunction, seed: int) -> None:
    """Hold `flow_forward(unet, x_0)` to the path, the times, and the mean squared error of the velocity."""
    source, seen = torch.Generator().manual_seed(seed + 815), []
    for number in range(20):
        unet = ToyDenoiser()
        x_0 = torch.randn((16, 1, 28, 28), generator=source, dtype=torch.float64)
        loss = student.loss(unet, x_0, seed=1000 * seed + number)
        if len(unet.calls) != 1:
            student.fail("the network is not called once", expected="1 call", got=f"{len(unet.calls)} calls")
        x_t, t = unet.calls[0]
        if len(t) not in (1, len(x_0)) or t.min() < 0 or t.max() > 1:
            student.fail(
                "the network gets other times", expected="16 numbers from 0 to 1", got=f"{len(t)}, up to {t.max():.2f}"
            )
        seen.append((x_0, x_t, t.expand(len(x_0)), loss.item()))
    _require_times(student, torch.stack([t for _, _, t, _ in seen]))
    for x_0, x_t, t, loss in seen:
        _require_path(student, x_0, x_t, t)
        _require_value(student, ToyDenoiser().weight.detach(), loss, x_0, x_t, t)


def _require_path(student: StudentFunction, x_0: Tensor, x_t: Tensor, t: Tensor) -> None:
    flat, clean = x_t.flatten(1), x_0.flatten(1)
    signal = (flat * clean).sum(1) / clean.square().sum(1)
    noise = (flat - signal[:, None] * clean).std(1)

    def fits(path: Callable) -> bool:
        return all((28 * (a - b)).square().mean() < 4 for a, b in zip((signal, noise), path(t), strict=True))

    if not fits(lambda t: (t, 1 - t)):
        student.fail(
            f"the picture at t = {t[0]:.2f} is wrong",
            expected=f"{t[0]:.2f} x_0 + {1 - t[0]:.2f} noise",
            got=f"{signal[0]:.2f} x_0 + {noise[0]:.2f} noise",
            mistake=next((name for name, path in PATHS.items() if fits(path)), None),
            read=EQ_PATH,
        )


def _require_value(student: StudentFunction, weight: Tensor, value: float, x_0: Tensor, x_t: Tensor, t: Tensor) -> None:
    share = t.reshape(-1, 1, 1, 1)
    noise = (x_t - share * x_0) / (1 - share).clamp(min=1e-6)
    right = (weight * x_t - (x_0 - noise)).square().mean().item()
    if abs(value - right) > 2e-3 * right:
        values = {name: (weight * x_t - of(x_0, noise)).square().mean().item() for name, of in TARGETS.items()}
        near = min(values, key=lambda name: abs(values[name] - value))
        student.fail(
            "the loss is wrong",
            expected=f"{right:.4f}",
            got=f"{value:.4f}",
            mistake=near if abs(values[near] - value) < 5e-3 * values[near] else None,
            read=EQ_PATH,
        )


def _require_times(student: StudentFunction, times: Tensor) -> None:
    if bool((times == times[:, :1]).all()):
        student.fail("all pictures of a batch have the same time", mistake=ONE_TIME, read=EQ_PATH)
    counts = torch.histc(times.flatten(), bins=8, min=0, max=1)
    wanted = times.numel() / 8
    if ((counts - wanted) ** 2 / wanted).sum() > 40:
        is_whole = bool(((times == 0) | (times == 1)).all())
        student.fail(
            "not all times from 0 to 1 are drawn equally often",
            expected=f"about {wanted:.0f} in each eighth",
            got=", ".join(f"{count:.0f}" for count in counts),
            mistake=WHOLE_TIMES if is_whole else None,
            read=EQ_PATH,
        )


class _Velocity(nn.Module):
    """A field that is known, 0.3 x + field(t), and keeps what it was called with."""

    def __init__(self, seed: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.field = torch.randn((1, 1, 28, 28), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        self.calls: list[tuple[Tensor, float, bool]] = []

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the velocity at x and t."""
        t = torch.as_tensor(t).detach().double().reshape(-1)
        self.calls.append((x.detach().double().clone(), t.mean().item(), self.training))
        return self.of(x.detach().double(), t.mean().item()).to(x)

    def of(self, x: Tensor, t: float) -> Tensor:
        return 0.3 * x + (1 + t) * self.field


NO_STEP_SIZE = Mistake("step_size_missing", "the velocity is added whole: multiply it by 1 / steps", EQ_EULER)
BACKWARDS = Mistake("backwards", "the velocity is subtracted: it leads from noise to pictures", EQ_EULER)
FROM_1 = Mistake("from_1_to_0", "the times fall from 1 to 0: here time 0 is noise", EQ_EULER)
NOT_NORMALISED = Mistake("t_not_normalised", "the network gets the number of the step: divide it by steps", EQ_EULER)
NOISE_ADDED = Mistake("noise_added", "noise is added in a step: an Euler step adds none", EQ_EULER)


def require_euler(student: StudentFunction, steps: int, seed: int) -> None:
    """Hold `flow_sample(unet, count, steps)` to Euler steps along the velocity."""
    unet = _Velocity(seed)
    unet.train()
    got = student.picture(unet, 3, steps, shape=(3, 1, 28, 28), seed=seed).value
    times, wanted = [t for _, t, _ in unet.calls], [step / steps for step in range(steps)]
    if len(times) != steps or max(abs(a - b) for a, b in zip(times, wanted, strict=True)) > 1e-3:
        falls = len(times) > 1 and times[0] > times[-1]
        student.fail(
            "the network is asked at other times",
            expected=f"{steps} calls, t from 0 to {wanted[-1]:.3f}",
            got=f"{len(times)} calls, t from {times[0]:.3f} to {times[-1]:.3f}" if times else "no call",
            mistake=FROM_1 if falls else NOT_NORMALISED if times and max(times) > 1 else None,
            read=EQ_EULER,
        )
    first = unet.calls[0][0]
    if abs(first.std() - 1) > 0.1:
        student.fail("the first picture is no noise", expected="N(0, I)", got=f"standard deviation {first.std():.2f}")
    pictures = [x for x, _, _ in unet.calls] + [got]
    for step, t in enumerate(wanted):
        x, moved = pictures[step], pictures[step + 1] - pictures[step]
        velocity = unet.of(x, t)
        off = (moved - velocity / steps).square().mean().sqrt().item()
        if off < 1e-4 * max(1, x.abs().max().item()):
            continue
        along = (moved * velocity).sum() / velocity.square().sum() * steps
        rest = (moved - along / steps * velocity).square().mean().sqrt()
        known = {NO_STEP_SIZE: steps, BACKWARDS: -1}
        near = [name for name, factor in known.items() if abs(along - factor) < 1e-2 and rest < 1e-3]
        student.fail(
            f"step {step + 1} moves the picture in another way",
            expected="by velocity / steps",
            got=f"by {along:.2f} times that, and {rest:.3f} of something else",
            mistake=near[0] if near else NOISE_ADDED if rest > 0.01 else None,
            read=EQ_EULER,
        )
    if any(training for _, _, training in unet.calls):
        student.fail("the network draws in training mode", expected="unet.eval()", mistake=TRAINING_MODE)
