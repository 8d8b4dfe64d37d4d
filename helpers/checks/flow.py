"""Judge flow matching on the straight path: noise at time 0, pictures at time 1 (Lipman et al. 2023)."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.checks.ddpm import parts_misfit, parts_of
from helpers.checks.diagnosis import diagnose, nearest, same
from helpers.checks.report import Mistake, mistakes
from helpers.checks.samplers import require_evaluation
from helpers.checks.spies import SpyVelocity, ToyDenoiser
from helpers.checks.student_function import StudentFunction

EQ_PATH = "the equation of the path in this chapter; Lipman et al. 2023, eq. 22 with sigma_min = 0"
EQ_EULER = "the equation of an Euler step in this chapter"

# t -> factors of picture and noise
PATHS: dict[Mistake, Callable[[Tensor], tuple[Tensor, Tensor]]] = mistakes(EQ_PATH, {
    ("path_reversed", "noise and picture are swapped: here time 0 is noise and time 1 a picture"): lambda t: (1 - t, t),
    ("square_roots", "the factors have square roots, as in x_t of a diffusion model: the path is straight"):
        lambda t: (t.sqrt(), (1 - t).sqrt()),
    ("noise_not_scaled", "the noise is added whole: multiply it by 1 - t"): lambda t: (t, 1 + 0 * t),
    ("noise_missing", "no noise is in it"): lambda t: (t, 0 * t),
    ("signal_not_scaled", "the picture is added whole: multiply it by t"): lambda t: (1 + 0 * t, 1 - t),
})  # fmt: skip
# x_0, noise -> what the network is to answer
TARGETS: dict[Mistake, Callable[[Tensor, Tensor], Tensor]] = mistakes(EQ_PATH, {
    ("velocity_reversed", "the velocity has the wrong sign: x_0 - noise leads to the picture"):
        lambda x_0, noise: noise - x_0,
    ("target_is_noise", "the answer is compared with the noise: the velocity is asked for"): lambda x_0, noise: noise,
    ("target_is_x_0", "the answer is compared with the picture: the velocity is asked for"): lambda x_0, noise: x_0,
})  # fmt: skip
ONE_TIME = Mistake("one_time_for_all", "all pictures of a batch get the same time: draw one for each")
WHOLE_TIMES = Mistake("times_are_whole", "t is 0 or 1 only: draw it with rand, from 0 to 1")


def require_flow_loss(student: StudentFunction, seed: int) -> None:
    """Require of `flow_forward(unet, x_0)` the path, the times, and the mean squared error of the velocity."""
    source, seen = torch.Generator().manual_seed(seed + 815), []
    for number in range(20):
        unet = ToyDenoiser()
        x_0 = torch.randn((16, 1, 28, 28), generator=source, dtype=torch.float64)
        loss = student.loss(unet, x_0, seed=1000 * seed + number)
        if len(unet.calls) != 1:
            student.fail("the network is not called once", expected="1 call", got=f"{len(unet.calls)} calls")
        x_t, t = unet.calls[0].x, unet.calls[0].t.reshape(-1)
        if len(t) not in (1, len(x_0)) or t.min() < 0 or t.max() > 1:
            got = f"{len(t)}, up to {t.max():.2f}"
            student.fail("the network gets other times", expected="16 numbers from 0 to 1", got=got)
        seen.append((x_0, x_t, t.expand(len(x_0)), loss.detach()))
    _require_times_drawn(student, torch.stack([t for _, _, t, _ in seen]))
    for x_0, x_t, t, loss in seen:
        _require_path(student, x_0, x_t, t)
        _require_value(student, loss, x_0, x_t, t)


def _require_path(student: StudentFunction, x_0: Tensor, x_t: Tensor, t: Tensor) -> None:
    parts = signal, noise = parts_of(x_t, x_0)

    def fit(path: Callable) -> float:
        return parts_misfit(parts, path(t), x_0[0].numel(), most=4)

    if fit(lambda t: (t, 1 - t)) > 1:
        student.fail(
            f"the picture at t = {t[0]:.2f} is wrong",
            expected=f"{t[0]:.2f} x_0 + {1 - t[0]:.2f} noise",
            got=f"{signal[0]:.2f} x_0 + {noise[0]:.2f} noise",
            mistake=diagnose({name: [fit(path)] for name, path in PATHS.items()}),
            read=EQ_PATH,
        )


def _require_value(student: StudentFunction, value: Tensor, x_0: Tensor, x_t: Tensor, t: Tensor) -> None:
    weight = ToyDenoiser().weight.detach()
    share = t.reshape(-1, 1, 1, 1)
    noise = (x_t - share * x_0) / (1 - share).clamp(min=1e-6)
    right = (weight * x_t - (x_0 - noise)).square().mean()
    if not same(value, right, 2e-3, smallest=1e-9):
        values = {name: (weight * x_t - of(x_0, noise)).square().mean() for name, of in TARGETS.items()}
        student.fail(
            "the loss is wrong",
            expected=f"{right:.4f}",
            got=f"{value:.4f}",
            mistake=nearest(value, values, 5e-3, smallest=1e-9),
            read=EQ_PATH,
        )


def _require_times_drawn(student: StudentFunction, times: Tensor) -> None:
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


NO_STEP_SIZE = Mistake("step_size_missing", "the velocity is added whole: multiply it by 1 / steps")
BACKWARDS = Mistake("backwards", "the velocity is subtracted: it leads from noise to pictures")
FROM_1 = Mistake("from_1_to_0", "the times fall from 1 to 0: here time 0 is noise")
NOT_NORMALISED = Mistake("t_not_normalised", "the network gets the number of the step: divide it by steps")
NOISE_ADDED = Mistake("noise_added", "noise is added in a step: an Euler step adds none")


def require_euler(student: StudentFunction, steps: int, seed: int) -> None:
    """Require of `flow_sample(unet, count, steps)` Euler steps along the velocity."""
    unet = SpyVelocity(seed)
    unet.train()
    got = student.picture(unet, 3, steps, shape=(3, 1, 28, 28), seed=seed).value
    _require_even_times(student, [call.t.mean().item() for call in unet.calls], steps)
    pictures = [*(call.x for call in unet.calls), got]
    if abs(pictures[0].std() - 1) > 0.1:
        told = f"standard deviation {pictures[0].std():.2f}"
        student.fail("the first picture is no noise", expected="N(0, I)", got=told)
    for step, (x, x_next) in enumerate(zip(pictures[:-1], pictures[1:], strict=True)):
        _require_move(student, step, x, x_next, unet.velocity(x, step / steps) / steps, steps)
    require_evaluation(student, unet)


def _require_even_times(student: StudentFunction, times: list[float], steps: int) -> None:
    wanted = [step / steps for step in range(steps)]
    if len(times) == steps and same(torch.tensor(times), torch.tensor(wanted), 1e-3):
        return
    falls = len(times) > 1 and times[0] > times[-1]
    student.fail(
        "the network is asked at other times",
        expected=f"{steps} calls, t from 0 to {wanted[-1]:.3f}",
        got=f"{len(times)} calls, t from {times[0]:.3f} to {times[-1]:.3f}" if times else "no call",
        mistake=FROM_1 if falls else NOT_NORMALISED if times and max(times) > 1 else None,
        read=EQ_EULER,
    )


def _require_move(student: StudentFunction, step: int, x: Tensor, x_next: Tensor, right: Tensor, steps: int) -> None:
    """Require that a step adds the right part of the velocity, and nothing else."""
    moved = x_next - x
    if (moved - right).square().mean().sqrt() < 1e-4 * max(1, x.abs().max().item()):
        return
    along = (moved * right).sum() / right.square().sum()
    rest = (moved - along * right).square().mean().sqrt()
    known = {NO_STEP_SIZE: torch.tensor(steps), BACKWARDS: torch.tensor(-1)} if rest < 1e-3 else {}
    student.fail(
        f"step {step + 1} moves the picture in another way",
        expected="by velocity / steps",
        got=f"by {along:.2f} times that, and {rest:.3f} of something else",
        mistake=nearest(along, known, 1e-2) or (NOISE_ADDED if rest > 0.01 else None),
        read=EQ_EULER,
    )
