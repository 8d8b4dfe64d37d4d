"""Judges a denoising loop step by step, through a spy behind the U-Net.

The spy answers so that the right estimate of x_0 is a known picture at every step. What the loop hands to its next
call is then known in closed form, whatever style it is written in. Two worlds are used:

- a silent one: the variance channels are so low that the step's noise vanishes, and every step is exact;
- a noisy one: the noise that the loop added is what remains after the mean is taken away, and its size is known.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from helpers.checks.door import Door
from helpers.checks.pictures import apart, same_rows, smooth_pictures
from helpers.checks.report import CheckFailed, Mistake
from helpers.denoisers.spy import Spy, x_0_script
from helpers.denoisers.world import answering
from helpers.schedules import alphas_cumprod_of, squaredcos_betas

_SILENT = -3e4  # log_variance_fraction at which the step's noise is below rounding, also in half precision
_NOISY = 0.6
_EQ_X_0 = "the equation of x_0_pred in this chapter; Ho et al. 2020, eq. 15"
_EQ_STEP = "the equation of the reverse step in this chapter; Ho et al. 2020, eq. 7 on kept steps"
_EQ_NOISE = "the paragraph on add_variance in this chapter; Nichol and Dhariwal 2021, eq. 15"


class Step(NamedTuple):
    """One transition as the spy saw it: x_t went in, eps and the variance half came out."""

    x_t: torch.Tensor
    x_0: torch.Tensor
    eps: torch.Tensor
    v: torch.Tensor
    t: int
    t_prev: int
    i: int


ABAR = alphas_cumprod_of(squaredcos_betas().double())


def _reverse_mean(step: Step, x_0=None, alpha_t=None, beta_t=None, abar_t=None, abar_prev=None) -> torch.Tensor:
    """Return the mean of the reverse step; an argument replaces one ingredient by a wrong one."""
    abar_t = ABAR[step.t] if abar_t is None else abar_t
    abar_prev = ABAR[step.t_prev] if abar_prev is None else abar_prev
    alpha_t = abar_t / abar_prev if alpha_t is None else alpha_t
    beta_t = 1 - alpha_t if beta_t is None else beta_t
    x_0 = step.x_0 if x_0 is None else x_0
    return abar_prev.sqrt() * beta_t / (1 - abar_t) * x_0 + alpha_t.sqrt() * (1 - abar_prev) / (1 - abar_t) * step.x_t


def _single(t: int) -> torch.Tensor:
    """Return alpha_t of one step of the full chain, ABAR[t] / ABAR[t - 1]."""
    return ABAR[t] / ABAR[t - 1] if t else ABAR[0]


def _swapped(step: Step) -> torch.Tensor:
    a, b = ABAR[step.t], ABAR[step.t_prev]
    alpha = a / b
    return b.sqrt() * (1 - alpha) / (1 - a) * step.x_t + alpha.sqrt() * (1 - b) / (1 - a) * step.x_0


def _without_roots(step: Step) -> torch.Tensor:
    a, b = ABAR[step.t], ABAR[step.t_prev]
    alpha = a / b
    return b * (1 - alpha) / (1 - a) * step.x_0 + alpha * (1 - b) / (1 - a) * step.x_t


def _x_0_of(step: Step, eps: torch.Tensor) -> torch.Tensor:
    return (step.x_t - (1 - ABAR[step.t]).sqrt() * eps) / ABAR[step.t].sqrt()


MEAN_MISTAKES: dict[Mistake, Callable[[Step], torch.Tensor]] = {
    Mistake(
        "unstrided_beta",
        "alpha_t is that of the full chain: between kept steps it is alpha-bar_t / alpha-bar_t'",
        _EQ_STEP,
    ): (lambda s: _reverse_mean(s, alpha_t=_single(s.t))),
    Mistake(
        "unstrided_beta_only",
        "beta_t is that of one step of the full chain: between kept steps it is 1 - alpha_t",
        _EQ_STEP,
    ): lambda s: _reverse_mean(s, beta_t=1 - _single(s.t)),
    Mistake("unstrided_prev", "t' is taken as t - 1: it is the next entry of timesteps", _EQ_STEP): (
        lambda s: _reverse_mean(s, abar_prev=ABAR[max(s.t - 1, 0)])
    ),
    Mistake("x_0_not_divided", "x_0_pred lacks the division by sqrt(alpha-bar_t)", _EQ_X_0): (
        lambda s: _reverse_mean(s, x_0=s.x_t - (1 - ABAR[s.t]).sqrt() * s.eps)
    ),
    Mistake("x_0_without_sqrt", "x_0_pred uses alpha-bar_t and 1 - alpha-bar_t without their square roots", _EQ_X_0): (
        lambda s: _reverse_mean(s, x_0=(s.x_t - (1 - ABAR[s.t]) * s.eps) / ABAR[s.t])
    ),
    Mistake(
        "x_0_from_variance",
        "x_0_pred is made from the variance half: the noise is in the first three channels",
        _EQ_X_0,
    ): lambda s: _reverse_mean(s, x_0=_x_0_of(s, s.v)),
    Mistake("noise_for_x_0", "the predicted noise stands where x_0_pred belongs", _EQ_STEP): (
        lambda s: _reverse_mean(s, x_0=s.eps)
    ),
    Mistake(
        "coefficients_swapped", "the two coefficients are swapped: the first belongs to x_0_pred", _EQ_STEP
    ): _swapped,
    Mistake(
        "step_without_sqrt", "alpha-bar_t' and alpha_t are used without their square roots", _EQ_STEP
    ): _without_roots,
    Mistake(
        "abar_indexed_by_i", "alphas_cumprod is indexed by the loop counter i: index it by timesteps[i]", _EQ_STEP
    ): (
        lambda s: _reverse_mean(
            s,
            x_0=(s.x_t - (1 - ABAR[s.i]).sqrt() * s.eps) / ABAR[s.i].sqrt(),
            abar_t=ABAR[s.i],
            abar_prev=ABAR[s.i + 1],
        )
    ),
    Mistake("alpha_for_alpha_bar", "alpha_t of one step is used where alpha-bar_t of all steps belongs", _EQ_STEP): (
        lambda s: _reverse_mean(
            s,
            x_0=(s.x_t - (1 - _single(s.t)).sqrt() * s.eps) / _single(s.t).sqrt(),
            abar_t=_single(s.t),
            abar_prev=_single(s.t_prev),
        )
    ),
    Mistake("ddim_step", "this is DDIM's step: the exercise asks for DDPM's, with its noise", _EQ_STEP): lambda s: (
        ABAR[s.t_prev].sqrt() * s.x_0 + (1 - ABAR[s.t_prev]).sqrt() * s.eps
    ),
    Mistake("x_0_kept", "x_0_pred itself is handed to the next step: mix it with x_t first", _EQ_STEP): lambda s: s.x_0,
    Mistake(
        "picture_not_updated", "the picture does not change from step to step: assign the result to it", _EQ_STEP
    ): (lambda s: s.x_t),
}

STOPS_EARLY = Mistake("stops_early", "the loop ends before the last step: it must go on to the last entry of timesteps")
STARTS_WRONG = Mistake("starts_wrong", "the loop does not begin at timesteps[i_start]")
TIME_OFF = Mistake("time_off", "the U-Net is asked at t' in place of t: x_t lies at noise level t")
TIME_INDEX = Mistake("time_is_index", "the U-Net is given the index i in place of timesteps[i]")
ONE_MORE = Mistake("one_step_too_many", "the loop goes on past the last transition")
RETURNS_X_0 = Mistake("returns_x_0", "the last x_0_pred is returned in place of the last picture of the loop")
NO_NOISE = Mistake(
    "variance_missing", "add_variance is not called: without its noise the loop is not DDPM's", _EQ_NOISE
)
NOISE_TIME = Mistake("variance_wrong_time", "add_variance is given another time than t of the step", _EQ_NOISE)
NOISE_FULL = Mistake("variance_unit_noise", "noise of size 1 is added: add_variance scales it", _EQ_NOISE)
NOISE_TWICE = Mistake("variance_twice", "the noise is added twice", _EQ_NOISE)
NOISE_HALF = Mistake(
    "variance_from_noise", "add_variance is given the noise half of the answer, not the variance half", _EQ_NOISE
)


class DenoisingLoop:
    """A student's loop in a world of its own: one start, one list of time steps.

    door       the student's function, called as (im_noisy, i_start, prompt_embeds, timesteps, display=False)
    stage_1    the pipeline whose U-Net and scheduler the loop uses
    timesteps  kept time steps, noisy to clean
    """

    def __init__(self, door: Door, stage_1, timesteps: Sequence[int], i_start: int, seed: int):
        self.door, self.stage_1, self.timesteps, self.i_start = door, stage_1, list(timesteps), i_start
        self.source = torch.Generator().manual_seed(1000 * seed + i_start)
        self.shape = (1, 3, 24, 32)
        self.seed = seed

    def require_means(self) -> None:
        """Hold every step to its mean in the silent world."""
        steps, last, stopped = self._run(_SILENT)
        tolerance = 20 * last.tolerance if last else 1e-3
        for step, following in zip(steps, steps[1:], strict=False):
            if apart(following.x_t, _reverse_mean(step)) > tolerance:
                self._fail_step(step, following.x_t)
        if stopped:
            raise stopped
        if apart(last.value, _reverse_mean(steps[-1])) > tolerance:
            self._fail_last(steps[-1], last.value)

    def require_noise(self) -> None:
        """Hold the noise that each step adds to the size that the variance channels ask for."""
        steps, _, stopped = self._run(_NOISY)
        if stopped:
            raise stopped
        for step, x_next in zip(steps[:-1], [step.x_t for step in steps[1:]], strict=True):
            std = self._std(step.t, step.t_prev, step.v)
            got = (x_next - _reverse_mean(step)).std().item()
            # The last step's noise is below what the eye or the exercise minds: only steps above it are judged.
            if abs(got / std - 1) > 0.1:
                self.door.fail(
                    f"the step from t = {step.t} to {step.t_prev} adds the wrong noise",
                    expected=f"standard deviation {std:.4f}",
                    got=f"{got:.4f}",
                    mistake=self._noise_mistake(step, got, std),
                    read=_EQ_NOISE,
                )

    def _run(self, fraction: float):
        """Run the loop in a world: its steps as the spy saw them, and its answer or the failure that ended it."""
        pictures = smooth_pictures((len(self.timesteps), *self.shape[1:]), self.source).double()
        script = x_0_script(lambda index, *_: pictures[min(index, len(pictures) - 1)], ABAR, fraction)
        spy = Spy(script)
        x_t = torch.randn(self.shape, generator=self.source)
        prompt_embeds = torch.randn((1, 77, 16), generator=self.source)
        last = stopped = None
        with answering(self.stage_1, spy):
            self.stage_1.scheduler.set_timesteps(timesteps=self.timesteps)
            arguments = x_t, self.i_start, prompt_embeds, self.timesteps
            try:
                last = self.door.picture(*arguments, display=False, shape=self.shape, seed=self.seed)
            except CheckFailed as failure:  # the steps before the failure may show its cause
                if len(spy.calls) < 2:
                    raise
                stopped = failure
        if not stopped:
            self._require_times([int(call.t[0]) for call in spy.calls])
        self._require_inputs(spy.calls, x_t, prompt_embeds)
        steps = []
        for index, call in enumerate(spy.calls[: len(self.timesteps) - 1 - self.i_start]):
            i = self.i_start + index
            eps, v = script(*call, index)[:1].chunk(2, dim=1)
            steps.append(Step(call.x_t[:1], pictures[index], eps, v, self.timesteps[i], self.timesteps[i + 1], i))
        return steps, last, stopped

    def _require_times(self, asked: list[int]) -> None:
        """Hold the time steps at which the U-Net was asked to timesteps[i_start:-1]."""
        wanted = self.timesteps[self.i_start : -1]
        if asked == wanted:
            return
        mistake = None
        if asked and asked == wanted[: len(asked)]:
            mistake = STOPS_EARLY
        elif asked[: len(wanted)] == wanted:
            mistake = ONE_MORE
        elif asked and asked == list(range(self.i_start, self.i_start + len(asked))):
            mistake = TIME_INDEX
        elif asked[: len(wanted)] == self.timesteps[self.i_start + 1 :]:
            mistake = TIME_OFF
        elif asked and asked[0] != wanted[0]:
            mistake = STARTS_WRONG
        self.door.fail(
            f"the U-Net was asked at other time steps, with i_start = {self.i_start}",
            expected=_listed(wanted),
            got=_listed(asked) if asked else "no call of stage_1.unet",
            mistake=mistake,
        )

    def _require_inputs(self, calls, x_t: torch.Tensor, prompt_embeds: torch.Tensor) -> None:
        if not same_rows(calls[0].x_t, x_t):
            self.door.fail("the first call of the U-Net got another picture", expected="im_noisy as it came")
        for call in calls:
            if not same_rows(call.prompt_embeds, prompt_embeds):
                self.door.fail(
                    "the U-Net was given other embeddings",
                    expected="encoder_hidden_states=prompt_embeds",
                    got=f"at t = {int(call.t[0])} embeddings of shape {tuple(call.prompt_embeds.shape)}",
                )

    def _fail_last(self, step: Step, got: torch.Tensor) -> None:
        """Report the last step: its x_0_pred may have been returned in place of its picture."""
        if apart(got, step.x_0) < apart(got, _reverse_mean(step)) / 10:
            self.door.fail(
                "the returned picture is not the last one of the loop",
                expected="the picture at the last time step",
                mistake=RETURNS_X_0,
            )
        self._fail_step(step, got)

    def _fail_step(self, step: Step, x_next: torch.Tensor) -> None:
        """Report the first step that differs, with the mistake that fits: one of the mean, else one of the noise."""
        far = apart(x_next, _reverse_mean(step))
        fits = {mistake: apart(x_next, rule(step)) for mistake, rule in MEAN_MISTAKES.items()}
        mistake = min(fits, key=fits.get)
        if fits[mistake] > min(far / 20, 1e-2 + 1e-3 * x_next.abs().max().item()):
            mistake = self._mistake_of_noise()
        self.door.fail(
            f"the step from t = {step.t} to t' = {step.t_prev} is the first that differs (i = {step.i})",
            expected=f"alpha-bar_t {ABAR[step.t]:.4f}, alpha-bar_t' {ABAR[step.t_prev]:.4f}, "
            f"alpha_t {ABAR[step.t] / ABAR[step.t_prev]:.4f}",
            got=f"a picture that is off by {far:.4f} (root mean square)",
            mistake=mistake,
            read=_EQ_STEP,
        )

    def _mistake_of_noise(self) -> Mistake | None:
        try:
            self.require_noise()
        except CheckFailed as failure:
            return failure.mistake
        return None

    def _std(self, t: int, t_prev: int, v: torch.Tensor) -> float:
        """Return the noise of one step, Nichol and Dhariwal 2021, eq. 15, as a root mean square over the picture."""
        beta_t = 1 - ABAR[t] / ABAR[t_prev]
        smallest = (1 - ABAR[t_prev]) / (1 - ABAR[t]) * beta_t
        fraction = (v + 1) / 2
        return torch.exp(fraction * beta_t.log() + (1 - fraction) * smallest.log()).mean().sqrt().item()

    def _noise_mistake(self, step: Step, got: float, std: float) -> Mistake | None:
        """Return the mistake whose noise has the size that was measured."""
        if got < 0.1 * std:
            return NO_NOISE
        later = self.timesteps[min(step.i + 2, len(self.timesteps) - 1)]
        candidates = {
            NOISE_TWICE: 2**0.5 * std,
            NOISE_FULL: 1.0,
            NOISE_HALF: self._std(step.t, step.t_prev, step.eps),
            NOISE_TIME: self._std(step.t_prev, later, step.v) if later != step.t_prev else std,
        }
        nearest = min(candidates, key=lambda mistake: abs(got / candidates[mistake] - 1))
        return nearest if abs(got / candidates[nearest] - 1) < 0.08 else None


def _listed(times: list[int]) -> str:
    """Return a list of time steps, its middle left out where it is long."""
    shown = [*times[:3], "...", *times[-2:]] if len(times) > 6 else times
    return f"{', '.join(map(str, shown))} ({len(times)} calls)"
