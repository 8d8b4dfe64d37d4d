"""Checks of chapter 12: noising, the noise of the steps, the loss, a step, the sampler, saving and loading, DDIM."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.checks.ddim import require_ddim_steps, require_few_times
from helpers.checks.ddpm import require_loss_and_gradient, require_noising, require_times_drawn
from helpers.checks.ddpm_rules import EQ_SAMPLE, Transition
from helpers.checks.diagnosis import diagnose, nearest, off, same
from helpers.checks.face_ddpm import SHAPE, SmallNet, face_denoiser, losses, schedule, times_asked
from helpers.checks.noising import Law, jump, jump_mistakes, measure, require_gaussian, require_law, right_jump
from helpers.checks.registry import check
from helpers.checks.report import CheckFailed, Mistake, mistakes, passed
from helpers.checks.samplers import (
    STOPS_EARLY,
    WRONG_WAY,
    require_evaluation,
    require_face_steps,
    require_noise_first,
    require_times,
    transitions,
)
from helpers.checks.student_function import Answer, StudentFunction, scratch_folder
from helpers.face_ddpm import TIMESTEPS

_EQ_JUMP = "the equation of one jump in this chapter; Ho et al. 2020, eq. 4"
_EQ_SIGMA = "the equation of sigma in this chapter; Ho et al. 2020, eq. 7"

_NOISE_IGNORED = Mistake("noise_ignored", "other noise than the given one is added: use noise where it is given")
_ONE_TIME = Mistake("one_time_for_all", "all pictures get the time of the first: reshape the factors to (B, 1, 1, 1)")
_INT_T = Mistake("t_must_be_tensor", "t may be a plain number, too: alphas_cumprod[t] takes both")
_JUMPS = jump_mistakes("x0", _EQ_JUMP)


@check("q_sample")
def check_q_sample(q_sample, seed: int = 0) -> None:
    """Check `q_sample(x0, t, noise=None)`: times as a number or a vector, noise given or drawn. Raises CheckFailed."""
    student = StudentFunction("q_sample", q_sample)
    source = torch.Generator().manual_seed(seed)
    x0 = torch.rand((5, *SHAPE), generator=source) * 2 - 1
    noise = torch.randn(x0.shape, generator=source)
    times = torch.tensor([0, 9 + seed % 5, 60, 130, TIMESTEPS - 1])
    _require_jump(student, student.picture(x0, times, noise, shape=x0.shape, seed=seed), x0, noise, times)
    for t in (0, 77 + seed % 9, TIMESTEPS - 1):
        _require_jump(student, _with_a_number(student, x0, t, noise), x0, noise, torch.full((5,), t))
    betas, abar = schedule()["betas"], schedule()["alpha_bars"]
    for t in (40, 150):
        near = abar[t - 1], abar[t + 1]
        wrong = {mistake: Law(*map(float, rule(abar[t], betas[t], near))) for mistake, rule in _JUMPS.items()}
        found = measure(student, t, (4, 3, 32, 32), seed)
        require_law(student, found, t, Law(*map(float, jump(abar[t]))), wrong, _EQ_JUMP)
    require_gaussian(
        student, found, student.picture(torch.zeros(4, 3, 32, 32), t, shape=(4, 3, 32, 32), seed=seed + 1).value
    )
    passed("q_sample", "the jump is right for a number and for a vector of times, with given noise and with its own")


def _with_a_number(student: StudentFunction, x0: Tensor, t: int, noise: Tensor) -> Answer:
    try:
        return student.picture(x0, t, noise, shape=x0.shape)
    except CheckFailed as failure:
        if "stopped with" not in failure.symptom:
            raise
        student.fail(failure.symptom, expected=f"an answer for t = {t}", got=failure.got, mistake=_INT_T, read=_EQ_JUMP)


def _require_jump(student: StudentFunction, got: Answer, x0: Tensor, noise: Tensor, times: Tensor) -> None:
    """Require the jump, by the factors of the picture and of the given noise in x_t."""
    betas, abar = schedule()["betas"], schedule()["alpha_bars"]
    basis, pixels = (
        torch.stack([x0.double().flatten(1), noise.double().flatten(1)], 2),
        got.value.flatten(1)[:, :, None],
    )
    solved = torch.linalg.lstsq(basis, pixels).solution
    factors, rest = solved[:, :, 0], (pixels - basis @ solved).abs().max()

    def misfit(rule, at: Tensor) -> float:
        near = abar[(at - 1).clamp(min=0)], abar[(at + 1).clamp(max=TIMESTEPS - 1)]
        wanted = [torch.as_tensor(each).expand(len(at)) for each in rule(abar[at], betas[at], near)]
        return off(factors, torch.stack(wanted, dim=1), 2e-4)

    if rest < 1e-3 and misfit(right_jump, times) <= 1:
        return
    known = diagnose({mistake: [misfit(rule, times)] for mistake, rule in _JUMPS.items()})
    if misfit(right_jump, times[:1].expand(len(times))) <= 1:
        known = _ONE_TIME
    right = torch.stack(jump(abar[times]), dim=1)
    wrong = ((factors - right).abs() > 2e-4).any(1).nonzero()
    place = int(wrong[0]) if len(wrong) else 0
    student.fail(
        f"x_t is wrong at t = {times[place]}",
        expected=f"{right[place][0]:.4f} x0 + {right[place][1]:.4f} noise",
        got=f"{factors[place][0]:.4f} x0 + {factors[place][1]:.4f} noise"
        + (" + something else" if rest > 1e-3 else ""),
        mistake=_NOISE_IGNORED if rest > 1e-3 else known,
        read=_EQ_JUMP,
    )


def _ratio(abar: Tensor) -> Tensor:
    before = torch.cat([torch.ones(1).to(abar), abar[:-1]])
    return (1 - before) / (1 - abar)


_SIGMA_MISTAKES = mistakes(_EQ_SIGMA, {
    ("without_root", "these are the variances: take their square root"): lambda b, abar: _ratio(abar) * b,
    ("beta_for_posterior", "this is sqrt(beta_t), the other choice of Ho et al."): lambda b, abar: b.sqrt(),
    ("root_of_beta_missing", "beta_t belongs under the root, too"): lambda b, abar: _ratio(abar).sqrt() * b,
    ("root_of_ratio_missing", "the ratio belongs under the root, too"): lambda b, abar: _ratio(abar) * b.sqrt(),
    ("alpha_for_alpha_bar", "alpha of one step stands where alpha-bar of all steps belongs"):
        lambda b, abar: (_ratio(1 - b) * b).sqrt(),
    ("beta_one_early", "beta is read at t - 1"): lambda b, abar: (_ratio(abar) * torch.cat([b[:1], b[:-1]])).sqrt(),
    ("beta_missing", "the ratio is not multiplied by beta_t"): lambda b, abar: _ratio(abar).sqrt(),
    ("late_alpha_bar", "alpha-bar is read at t and t + 1: at t - 1 and t"):
        lambda b, abar: (torch.cat([_ratio(abar)[1:], _ratio(abar)[-1:]]) * b).sqrt(),
    ("bars_not_complemented", "1 - is missing: it is (1 - alpha-bar_{t-1}) / (1 - alpha-bar_t)"):
        lambda b, abar: (torch.cat([torch.ones(1).to(abar), abar[:-1]]) / abar * b).sqrt(),
})  # fmt: skip
_FIRST = Mistake("first_not_zero", "sigma[0] is not 0: alpha-bar before the first step is 1", _EQ_SIGMA)
_SHORT = Mistake("first_left_out", "sigma[0] is left out: it is 0", _EQ_SIGMA)


@check("posterior_sigmas")
def check_posterior_sigmas(posterior_sigmas, seed: int = 0) -> None:
    """Check `posterior_sigmas(betas)` for three schedules. Raises CheckFailed with the mistake that fits."""
    student = StudentFunction("posterior_sigmas", posterior_sigmas)
    for start, end, count in ((1e-4, 0.02, TIMESTEPS), (0.01, 0.3, 12 + seed), (0.2, 0.05, 30)):
        betas = torch.linspace(start, end, count, dtype=torch.float64)
        abar = (1 - betas).cumprod(0)
        got = student.call(betas.float()).value
        if tuple(got.shape) != (count,):
            short = _SHORT if tuple(got.shape) == (count - 1,) else None
            student.fail("another number of sigmas", expected=f"({count},)", got=str(tuple(got.shape)), mistake=short)
        right = (_ratio(abar) * betas).sqrt()
        if same(got, right, 1e-3, smallest=1e-2):
            continue
        wrong = {name: rule(betas, abar)[1:-1] for name, rule in _SIGMA_MISTAKES.items()}
        mistake = nearest(got[1:-1], wrong, 1e-3, smallest=1e-5)
        if same(got[1:], right[1:], 1e-3, smallest=1e-2):
            mistake = _FIRST
        place = int((got - right).abs().argmax())
        student.fail(
            f"sigma[{place}] is wrong for {count} steps",
            expected=f"{right[place]:.5f}",
            got=f"{got[place]:.5f}",
            mistake=mistake,
            read=_EQ_SIGMA,
        )
    passed("posterior_sigmas", "they are right for three schedules, and the last step adds no noise")


@check("p_losses")
def check_p_losses(p_losses, seed: int = 0) -> None:
    """Check `p_losses(model, x0)`: x_t, the times, the loss and its gradient. Raises CheckFailed."""
    student = StudentFunction("p_losses", p_losses)
    found = losses(student, 60, seed)
    require_times_drawn(student, found, TIMESTEPS)
    require_noising(student, found, schedule())
    require_loss_and_gradient(student, found[:5], schedule(), absolute=True)
    passed("p_losses", f"x_t, {64 * len(found):,} times, the absolute error and its gradient are right")


@check("p_sample")
def check_p_sample(p_sample, seed: int = 0) -> None:
    """Check `p_sample(model, x, t)` at ten times. Raises CheckFailed with the mistake that fits."""
    student = StudentFunction("p_sample", p_sample)
    model, source = face_denoiser(seed), torch.Generator().manual_seed(seed)
    model.eval()
    steps = []
    for place, t in enumerate((TIMESTEPS - 1, 0, 1, 2, 5, 12, 40, 90 + seed % 7, 150, 197)):
        x = 1.5 * torch.randn((40, *SHAPE), generator=source)
        answer = student.picture(model, x, t, shape=x.shape, seed=seed + 100 * place)
        if len(model.calls) != place + 1:
            student.fail("the network is not called once", expected="1 call", got=f"{len(model.calls) - place} calls")
        time = times_asked(student, model)[-1]
        if not torch.equal(model.calls[-1].x, x.double()) or time != t:
            student.fail("the network is asked about something else", expected=f"x at t = {t}", got=f"t = {time}")
        steps.append(Transition(x.double(), model.noise(x.double(), t), t, answer.value, schedule()))
    require_face_steps(student, steps)
    passed("p_sample", "mean and noise are right at ten times, and t = 0 adds no noise")


@check("sample")
def check_sample(sample, seed: int = 0) -> None:
    """Check `sample(model, shape)` step by step. Raises CheckFailed with the mistake that fits."""
    student = StudentFunction("sample", sample)
    model, shape = face_denoiser(seed), (4, *SHAPE)
    model.train()
    got = student.picture(model, shape, shape=shape, seed=seed).value
    times, wanted = times_asked(student, model), list(range(TIMESTEPS - 1, -1, -1))
    require_times(
        student, times, {None: wanted, STOPS_EARLY: wanted[:-1], WRONG_WAY: wanted[::-1], _STARTS_LATE: wanted[1:]},
        EQ_SAMPLE, expected=f"t from {TIMESTEPS - 1} to 0, {TIMESTEPS} in all",
        got=f"{len(times)} times, from {times[0]} to {times[-1]}" if times else "no call",
    )  # fmt: skip
    require_noise_first(student, model.calls[0].x, 0.15)
    require_face_steps(student, transitions(model, times, got, schedule()))
    require_evaluation(student, model, "model")
    passed("sample", f"{TIMESTEPS} steps from noise, each with the right mean and noise, in evaluation mode")


_STARTS_LATE = Mistake("starts_late", "the first step is left out: sampling begins at t = T - 1", EQ_SAMPLE)


_EVAL_FORGOTTEN = Mistake("eval_forgotten", "the network is left in training mode: load_model ends with model.eval()")
_WEIGHTS = Mistake("weights_not_loaded", "model.load_state_dict(...) of the network that was given is missing")
_OPTIMIZER = Mistake("optimizer_not_loaded", "the optimizer begins anew: load its state_dict, too")


@check("load_model")
def check_load_model(load_model, save_model, seed: int = 0) -> None:
    """Check `load_model(path, model, optimizer)` on what `save_model` has written. Raises CheckFailed."""
    torch.manual_seed(seed)
    saved, other = _trained(3 + seed % 3), _trained(1)
    saving, loading = (
        _without_answer(name, of) for name, of in (("save_model", save_model), ("load_model", load_model))
    )
    with scratch_folder(save_model) as folder:
        saving.call(folder / "faces.pt", *saved)
        loading.call(str(folder / "faces.pt"), *other)
    if not _same(saved[0].state_dict(), other[0].state_dict()):
        loading.fail("the network has other weights than the saved one", mistake=_WEIGHTS)
    if not _same(_moments(saved[1]), _moments(other[1])):
        loading.fail("the optimizer has another state than the saved one", mistake=_OPTIMIZER)
    if other[0].training:
        loading.fail("the network is in training mode", expected="evaluation mode", mistake=_EVAL_FORGOTTEN)
    passed("load_model", "weights and optimizer come back, and the network is ready to draw")


def _trained(steps: int) -> tuple[SmallNet, torch.optim.Adam]:
    net = SmallNet()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        net(torch.randn(6, 3)).square().sum().backward()
        optimizer.step()
    return net, optimizer


def _without_answer(name: str, function: Callable) -> StudentFunction:
    """Return a function of the student's whose answer does not matter."""
    if not callable(function):
        return StudentFunction(name, function)

    def call(*arguments) -> float:
        function(*arguments)
        return 0.0

    return StudentFunction(name, call)


def _moments(optimizer: torch.optim.Adam) -> dict[str, Tensor]:
    state = optimizer.state_dict()["state"]
    return {f"{place} {name}": value for place, each in state.items() for name, value in each.items()}


def _same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


@check("ddim_sample")
def check_ddim_sample(ddim_sample, seed: int = 0) -> None:
    """Check `ddim_sample(model, shape, steps)` step by step. Raises CheckFailed with the mistake that fits."""
    student = StudentFunction("ddim_sample", ddim_sample)
    for steps in (20, 7 + seed % 4):
        model, shape = face_denoiser(seed), (3, *SHAPE)
        model.train()
        got = student.picture(model, shape, steps, shape=shape, seed=seed).value
        times = times_asked(student, model)
        require_few_times(student, times, steps)
        require_noise_first(student, model.calls[0].x, 0.15)
        require_ddim_steps(student, transitions(model, times, got, schedule()))
        require_evaluation(student, model, "model")
    passed("ddim_sample", "few steps, evenly from t = T - 1 on, each without noise and where the equation leads")
