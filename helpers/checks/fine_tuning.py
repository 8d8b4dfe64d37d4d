"""Judge the training of a UNet2DModel with a scheduler of diffusers: a batch, an epoch with accumulation."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.checks.ddpm import EQ_LOSS, ONE_TIME, Loss, digit_schedule, loss_of, require_whole
from helpers.checks.ddpm_rules import Schedule
from helpers.checks.diagnosis import diagnose, off, same
from helpers.checks.noising import CENTRED, FIXED, UNIFORM, Noising, require_gaussian
from helpers.checks.report import CheckFailed, Mistake, mistakes
from helpers.checks.spies import Asked
from helpers.checks.student_function import StudentFunction
from helpers.checks.unet2d import SHAPE, ToyUNet2D

T = 100  # training steps of the check's scheduler: few, so that all of them are drawn
RATE = 0.5
EQ_ACCUMULATE = "the equation of the accumulated gradient in this chapter"

SCALED_TWICE = Mistake("scaled_twice", "the pictures are scaled by 2 x - 1 although they lie in [-1, 1] already")
HALVED = Mistake("made_0_to_1", "the pictures are brought to [0, 1]: the network was trained on [-1, 1]")
A_THOUSAND = Mistake("a_thousand_times", "t is drawn from a fixed range: scheduler.config.num_train_timesteps says T")


def small_scheduler():
    """Return a DDPMScheduler of 100 steps."""
    from diffusers import DDPMScheduler

    return DDPMScheduler(num_train_timesteps=T, beta_start=0.002, beta_end=0.12)


def schedule() -> Schedule:
    """Return that scheduler's numbers in float64."""
    return digit_schedule(T)


def losses(student: StudentFunction, count: int, seed: int) -> list[Loss]:
    """Call `fine_tuning_step(unet, scheduler, x_0)` on batches of 64 pictures."""
    source, found = torch.Generator().manual_seed(seed + 97), []
    for number in range(count):
        unet, x_0 = ToyUNet2D(), torch.randint(0, 2, (64, *SHAPE), generator=source) * 2.0 - 1
        arguments = unet, small_scheduler(), x_0
        try:
            found.append(loss_of(student, unet, x_0, arguments, 1000 * seed + number, lambda t: _index(student, t)))
        except CheckFailed as failure:
            if "IndexError" not in failure.symptom:
                raise
            told = {"expected": f"t from 0 to {T - 1} here", "got": failure.got}
            student.fail(failure.symptom, mistake=A_THOUSAND, **told)
    return found


def _index(student: StudentFunction, t: Tensor) -> Tensor:
    t = t.reshape(-1)
    if len(t) not in (1, 64):
        student.fail("the network gets another number of times than pictures", expected="64", got=f"{len(t)}")
    return require_whole(student, t).expand(64)


def require_pictures_kept(student: StudentFunction, found: list[Loss]) -> None:
    """Require that x_t has no constant part: pictures that are scaled again, or noise with a mean, leave one."""
    index, x_t = torch.cat([one.index for one in found]), torch.cat([one.x_t for one in found])
    abar = schedule()["alpha_bars"][index.clamp(0, T - 1)]
    constant = x_t.mean(dim=(1, 2, 3))
    known = {SCALED_TWICE: -abar.sqrt(), HALVED: abar.sqrt() / 2, UNIFORM: (1 - abar).sqrt() / 2}
    if constant.mean().abs() < 0.02:
        return
    student.fail(
        "x_t has a constant part: its mean is not 0 for pictures whose mean is 0",
        expected="0.00",
        got=f"{constant.mean():+.2f}",
        mistake=diagnose({name: [(constant - value).mean().abs() / 0.02] for name, value in known.items()}) or CENTRED,
        read=EQ_LOSS,
    )


def require_own_noise(student: StudentFunction, found: list[Loss]) -> None:
    """Require noise from N(0, I), drawn for each picture and anew at each call."""
    if all(bool((one.index == one.index[0]).all()) for one in found):
        student.fail("all pictures of a batch have the same time", mistake=ONE_TIME, read=EQ_LOSS)
    noises = []
    for one in found[:2]:
        kept = schedule()["alpha_bars"][one.index].reshape(-1, 1, 1, 1)
        noises.append((one.x_t - kept.sqrt() * one.x_0) / (1 - kept).sqrt())
    if (noises[0] - noises[1]).abs().max() < 0.05:
        student.fail("two calls add the same noise", expected="new noise at each call", mistake=FIXED)
    require_gaussian(student, Noising(0, 0, 0, 1, 0, noises[0]), noises[1])


NO_STEP = Mistake("no_step", "the weights stay as they were: backward, then step, then zero_grad")
EACH = Mistake("step_each_batch", "the optimizer steps after each batch: only after `accumulate` of them")
EARLY = Mistake(
    "step_too_early", "the first step comes after one batch: (place + 1) % accumulate, not place % accumulate"
)
REST = Mistake("rest_left_out", "the batches left over at the end get no step")
ONLY_END = Mistake("one_step_an_epoch", "there is one step for all batches: one for every `accumulate`")
TWO = Mistake("always_two", "the optimizer steps after every second batch, whatever `accumulate` says")
DIVIDED = Mistake("losses_divided", "the losses are returned after their division: return them as they are")
LEFT_HERE = Mistake(
    "gradient_left_before", "a gradient from before the epoch is used: begin with optimizer.zero_grad()"
)


def require_epoch(student: StudentFunction, seed: int, count: int, accumulate: int) -> None:
    """Require of `train_epoch` on `count` batches the right losses, places of the steps, and gradients."""
    source = torch.Generator().manual_seed(seed)
    unet = ToyUNet2D(0.2 + 0.1 * (seed % 3), 0.3)
    optimizer = torch.optim.SGD(unet.parameters(), lr=RATE)
    batches = [torch.rand((4, *SHAPE), generator=source) * 2 - 1 for _ in range(count)]
    for weight in unet.parameters():  # as an evaluation or a cut-off epoch leaves it
        weight.grad = torch.tensor(0.7)
    returned = student.call(unet, small_scheduler(), optimizer, batches, accumulate, seed=seed).value.reshape(-1)
    if len(unet.calls) != count:
        student.fail("the network is not called once a batch", expected=f"{count} calls", got=f"{len(unet.calls)}")
    states = torch.stack([*unet.states, unet.state()]).double()
    known = [_loss_and_gradient(*each) for each in zip(unet.calls, unet.states, batches, strict=True)]
    _require_places(student, states, accumulate)
    _require_moves(student, states, known, accumulate)
    _require_losses(student, returned, torch.stack([loss for loss, _ in known]))


def _loss_and_gradient(call: Asked, state: Tensor, x_0: Tensor) -> tuple[Tensor, Tensor]:
    kept = schedule()["alpha_bars"][call.t.long()].reshape(-1, 1, 1, 1)
    eps = (call.x - kept.sqrt() * x_0.double()) / (1 - kept).sqrt()
    error = state[0].double() * call.x + state[1].double() - eps
    return error.square().mean(), torch.stack([(2 * error * call.x).mean(), (2 * error).mean()])


def _ends(count: int, accumulate: int) -> list[int]:
    """Return the numbers of the batches after which a step is due."""
    return [*range(accumulate, count, accumulate), count]


def _require_places(student: StudentFunction, states: Tensor, accumulate: int) -> None:
    count = len(states) - 1
    moved = [place + 1 for place in range(count) if not torch.equal(states[place], states[place + 1])]
    right = _ends(count, accumulate)
    if moved == right:
        return
    known = {
        NO_STEP: [],
        EACH: list(range(1, count + 1)),
        REST: right[:-1] if count % accumulate else None,
        EARLY: list(range(1, count + 1, accumulate)),
        ONLY_END: [count],
        TWO: sorted({*range(2, count + 1, 2), count}),
    }
    mistake = next((name for name, places in known.items() if moved == places), EARLY if moved[:1] == [1] else None)
    student.fail(
        f"the weights move after other batches, with {count} batches and accumulate = {accumulate}",
        expected=f"after batch {', '.join(map(str, right))}",
        got=f"after batch {', '.join(map(str, moved))}" if moved else "never",
        mistake=mistake,
        read=EQ_ACCUMULATE,
    )


def _sum(pairs: list) -> Tensor:
    return torch.stack([torch.zeros(2, dtype=torch.float64), *(gradient for _, gradient in pairs)]).sum(0)


def _times_loss(pairs: list) -> Tensor:
    return torch.stack([loss * gradient for loss, gradient in pairs]).sum(0)


_LEFT = torch.full((2,), 0.7, dtype=torch.float64)
# losses and gradients of the step, those before it, accumulate -> the moves that a mistake may lead to
_MOVES: dict[Mistake, Callable[[list, list, int], list[Tensor]]] = mistakes(EQ_ACCUMULATE, {
    ("not_averaged", "the gradients of a step are added up: divide by the number of batches"):
        lambda now, before, n: [_sum(now)],
    ("zeroed_each_batch", "zero_grad is called before each batch: only after a step, or before its first"):
        lambda now, before, n: [now[-1][1] / n, now[-1][1]],
    ("gradient_kept", "the gradient of the step before is still there: optimizer.zero_grad() after each"):
        lambda now, before, n: [(_sum(now) + _sum(before)) / n, (_sum(now) + _sum(before)) / n + _LEFT],
    ("step_twice", "the optimizer takes more than one step on the same gradient"):
        lambda now, before, n: [2 * _sum(now) / n],
    ("divided_twice", "the gradient is divided by the number of batches twice"):
        lambda now, before, n: [_sum(now) / n**2],
}) | mistakes("torch.autograd, `grad_tensors`; this chapter, `A slip`", {
    ("backward_of_loss",
     "loss.backward(loss) multiplies the gradient by the loss: this differentiates half its square"):
        lambda now, before, n: [_times_loss(now) / n, _times_loss(now) / n**2, _times_loss(now)],
})  # fmt: skip


def _require_moves(student: StudentFunction, states: Tensor, known: list, accumulate: int) -> None:
    """Require that a step follows the mean of its batches' gradients; the rest may be divided by `accumulate`, too."""
    begin, moves = 0, []
    for end in _ends(len(known), accumulate):
        moves.append(((states[end - 1] - states[end]) / RATE, known[begin:end], known[:begin]))
        begin = end
    rights = [(_sum(now) / len(now), _sum(now) / accumulate) for _, now, _ in moves]
    wrong = [
        place
        for place, ((moved, *_), right) in enumerate(zip(moves, rights, strict=True))
        if min(_off(moved, each) for each in right) > 1
    ]
    if not wrong:
        return
    place = wrong[0]
    moved, right = moves[place][0], rights[place][0]
    fits = {  # on the first steps: a wrong one leads the loss to infinity
        mistake: [
            min(_off(moved, each) for n in (accumulate, len(now)) for each in rule(now, before, n))
            for moved, now, before in moves[place : place + 2]
        ]
        for mistake, rule in _MOVES.items()
    }
    left = place == 0 and any(_off(moved, each + _LEFT) <= 1 for each in rights[0])
    student.fail(
        f"the weights move in another way at step {place + 1}",
        expected=f"by the mean of the gradients of its batches, {_told(right)}",
        got=_told(moved),
        mistake=diagnose(fits) or (LEFT_HERE if left else None),
        read=EQ_ACCUMULATE,
    )


def _off(a: Tensor, b: Tensor) -> float:
    return off(a, b, 1e-3, smallest=1e-2)


def _told(values: Tensor) -> str:
    return ", ".join(f"{value:+.4f}" for value in values.tolist())


def _require_losses(student: StudentFunction, returned: Tensor, right: Tensor) -> None:
    if same(returned, right, 1e-3, smallest=1e-5):
        return
    divided = returned.shape == right.shape and bool((returned < right * 0.9).all())
    student.fail(
        "the returned losses are not those of the batches",
        expected=f"{len(right)} numbers, the first {right[0]:.4f}",
        got=f"{len(returned)} numbers, the first {returned[0]:.4f}",
        mistake=DIVIDED if divided else None,
    )
