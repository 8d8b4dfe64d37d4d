"""Judge an inpainting loop: each of its steps, what it keeps, and its way back up to more noise.

loops.py judges the steps, with the blend and the way up of inpainting_mistakes.py after each. Here stands what no
single step can show: the schedule of the loop, noise that is used twice, clamping, and where the original comes in.
"""

from collections.abc import Mapping, Sequence

import torch

from helpers.checks.diagnosis import apart, nearest
from helpers.checks.guided import COND, UNCOND, guided_exercise
from helpers.checks.inpainting_mistakes import (
    EQ_KEEP,
    EQ_RENOISE,
    FORWARD_LATER,
    NOT_RESTORED,
    NOTHING_KEPT,
    SHAPE,
    After,
    Inpainting,
    known_mistakes,
)
from helpers.checks.loops import RETURNS_X_0, DenoisingLoop, Exercise
from helpers.checks.report import CheckFailed, Mistake
from helpers.checks.scripted_denoiser import ScriptedDenoiser
from helpers.checks.steps import ABAR
from helpers.checks.student_function import StudentFunction
from helpers.checks.trace import STARTS_WRONG, TIME_INDEX, Trace, rounding_of

PASTED_LAST = Mistake(
    "pasted_at_the_end", "the original is put in once, at the end: put it in after every step", EQ_KEEP
)
BLEND_BEFORE = Mistake(
    "blend_before_step",
    "the original is put in before each step, so nothing puts it in after the last: blend what the step returns",
    EQ_KEEP,
)
NOISE_REUSED = Mistake(
    "noise_reused", "the original gets the same noise at every step: draw it anew, inside the loop", EQ_KEEP
)
NOT_SCALED = Mistake(
    "kept_not_scaled", "noise is added to the original, but the original is not scaled by sqrt(alpha-bar_t')"
)
WITHOUT_ROOT = Mistake("kept_without_sqrt", "the original is scaled by alpha-bar_t': it takes the root of that")
CLAMPED = Mistake("clamped", "the noisy picture is clamped to [-1, 1]: only x_0_pred may be", EQ_KEEP)
RENOISE_INVERTED = Mistake(
    "renoise_inverted", "alpha_t is upside down: alpha-bar of the noisier time stands above", EQ_RENOISE
)

STARTS_CLEAN = Mistake("starts_clean", "the loop begins at the clean end: the noisiest time is timesteps[0]", EQ_KEEP)
STARTS_AT_0 = Mistake(
    "starts_clean", "the first step is at t = 0: the loop begins at the clean end, or t is the index i", EQ_KEEP
)
STARTS_ELSEWHERE = STARTS_WRONG._replace(cause="the loop does not begin at timesteps[0]", read=EQ_KEEP)


class InpaintingLoop:
    """A student's inpainting under judgement.

    student          the student's function
    stage_1          the pipeline whose U-Net and scheduler it uses
    problem          original, mask, and the times that the loop is to visit
    numbers          what the function is given after timesteps: nothing, or jump_length and n_resample
    options          {"scale": scale} or nothing for the default of 7
    wrong_schedules  mistake -> the levels that it visits in place of the problem's
    """

    def __init__(
        self, student: StudentFunction, stage_1, problem: Inpainting, numbers: Sequence[int] = (),
        options: Mapping = {}, wrong_schedules: Mapping[Mistake, Sequence[int]] = {},
    ):  # fmt: skip
        self.student, self.stage_1, self.problem = student, stage_1, problem
        self.numbers, self.wrong_schedules = tuple(numbers), wrong_schedules
        exercise = guided_exercise(self._arguments(problem.original), options.get("scale", 7), options)
        steps = {**exercise.steps, **known_mistakes(problem)}
        self.exercise = exercise._replace(steps=steps, read=EQ_KEEP)

    def require(self) -> None:
        """Require the right mean of every step, fresh noise in the kept region, and the right noise of every step."""
        seen = self._trace(self.problem.original)
        self._require_schedule(seen)
        try:
            self._loop(self.problem.keep()).require_means()
        except CheckFailed as failure:
            if not self._agrees(self.problem.keep_exactly_at_the_end()):
                raise self._named(failure, seen) from None
        self._require_signal(seen, self._trace(-self.problem.original))
        self._require_fresh_noise(seen)
        try:
            self._loop(self.problem.keep()).require_noise()  # which leaves the last step's noise alone
        except CheckFailed as failure:
            raise self._named(failure, seen) from None

    def _arguments(self, original: torch.Tensor):
        mask = self.problem.mask
        return lambda _, embeds, __, times: (original, mask, embeds[COND], embeds[UNCOND], times, *self.numbers)

    def _judge(self, exercise: Exercise) -> DenoisingLoop:
        times, seed, pairs = self.problem.timesteps, self.problem.seed, self.problem.pairs
        return DenoisingLoop(self.student, self.stage_1, times, 0, seed, exercise, pairs, draws_start=True)

    def _loop(self, after: After) -> DenoisingLoop:
        """Return the judge of the loop for what is done after a step."""
        return self._judge(self.exercise._replace(after=after))

    def _trace(self, original: torch.Tensor, silent: bool = True) -> Trace:
        """Call the function with an original, and return what the U-Net was asked."""
        source = torch.Generator().manual_seed(self.problem.seed)
        embeds = {name: torch.randn((1, 77, 16), generator=source) for name in self.exercise.prompts}
        denoiser = ScriptedDenoiser(embeds, self.problem.pairs, SHAPE, source, silent)
        seen = self._judge(self.exercise._replace(arguments=self._arguments(original))).trace(denoiser, None)
        if not seen.steps:
            raise seen.stopped or CheckFailed(
                self.student.exercise, "stage_1.unet was never called", expected="calls of stage_1.unet at each step"
            )
        return seen

    def _require_schedule(self, seen: Trace) -> None:
        """Require the times of the schedule, where a known wrong schedule fits those that were asked for."""
        if seen.times == [t for t, _ in self.problem.pairs]:
            return
        for mistake, levels in self.wrong_schedules.items():
            times = [self.problem.timesteps[i] for i, j in zip(levels, levels[1:], strict=False) if j > i]
            if times == seen.times:
                self.student.fail(
                    "the U-Net was asked at other times than the schedule says; "
                    "does your resampling_schedule pass its own check?",
                    expected=f"{len(self.problem.pairs)} steps down",
                    got=f"{len(times)} steps down",
                    mistake=mistake,
                )

    def _require_signal(self, seen: Trace, other: Trace) -> None:
        """Require the right share of the original in the kept region: the same noise and another original show it."""
        shares = list(zip(seen.times, self._signals(seen, other), strict=False))[1:]
        t, signal = max(shares, key=lambda share: abs(share[1] - ABAR[share[0]].sqrt().item()))
        right = ABAR[t].sqrt().item()
        # the noise cancels, so that float32 tells alpha-bar_t from its neighbours
        exact = rounding_of(seen.pictures[1:]) < 1e-3
        if abs(signal - right) > (2e-4 if exact else 0.01):
            known = {NOT_SCALED: torch.tensor(1.0), WITHOUT_ROOT: torch.tensor(right**2)}
            self.student.fail(
                f"the kept region holds another share of the original than x_t should at t = {t}",
                expected=f"{right:.4f} × original",
                got=f"{signal:.4f} × original",
                mistake=nearest(torch.tensor(signal), known, 0.005),
                read=EQ_KEEP,
            )

    def _signals(self, seen: Trace, other: Trace) -> list[float]:
        """Return the factor of the original in the kept region of each picture; other was seen with its negative."""
        original, kept = self.problem.original, 1 - self.problem.mask
        size = 2 * (original.square() * kept).sum()
        pairs = zip(seen.pictures, other.pictures, strict=False)
        return [(((a - b) * original * kept).sum() / size).item() for a, b in pairs]

    def _require_fresh_noise(self, seen: Trace) -> None:
        """Require that the noise of the kept region is drawn anew in each step: step to step it is unrelated."""
        kept, noises = self.problem.mask.expand(SHAPE) == 0, []
        for t, x_t in zip(seen.times, seen.pictures, strict=True):
            noise = (x_t - ABAR[t].sqrt() * self.problem.original) / (1 - ABAR[t]).sqrt()
            noises.append(noise[kept])
        related = [(a * b).mean().item() for a, b in zip(noises[1:], noises[2:], strict=False)]
        typical = sorted(related)[len(related) // 2]
        if typical > 0.5:
            self.student.fail(
                "the noise of the kept region is the same at one step and the next",
                expected="correlation 0",
                got=f"correlation {typical:.2f}",
                mistake=NOISE_REUSED,
            )

    def _named(self, failure: CheckFailed, seen: Trace) -> CheckFailed:
        """Return a failure with the mistake that explains it, where more than one step has to be seen for that."""
        mistake = failure.mistake
        if self.problem.goes_up and "NaN" in failure.symptom:
            mistake = RENOISE_INVERTED
        elif self._clamps():
            mistake = CLAMPED
        elif mistake in (NOT_RESTORED, RETURNS_X_0) and self._agrees(self.problem.keep_all_but_the_last()):
            mistake = BLEND_BEFORE if self._blends_first(seen) else NOT_RESTORED
        elif mistake == FORWARD_LATER and self._agrees(self.problem.keep_before_each_step()):
            mistake = BLEND_BEFORE
        elif mistake == NOTHING_KEPT and self._is_restored(seen):
            mistake = PASTED_LAST
        elif mistake == STARTS_WRONG:
            noisy, clean = self.problem.timesteps[0], self.problem.timesteps[-1]
            mistake = STARTS_CLEAN if seen.times[0] < (noisy + clean) / 2 else STARTS_ELSEWHERE
        elif mistake == TIME_INDEX and len(seen.times) == 1:
            mistake = STARTS_AT_0
        told = {"expected": failure.expected, "got": failure.got, "read": failure.read}
        symptom = failure.symptom.replace(", with i_start = 0", "")  # these loops have no i_start
        return CheckFailed(failure.exercise, symptom, mistake=mistake, **told)

    def _agrees(self, after: After) -> bool:
        """Return whether the loop is right if that is done after its steps."""
        try:
            self._loop(after).require_means()
        except CheckFailed:
            return False
        return True

    def _is_restored(self, seen: Trace) -> bool:
        """Return whether the returned picture has the original in its kept region."""
        kept = self.problem.mask.expand(SHAPE) == 0
        return seen.answer is not None and apart(seen.answer.value[kept], self.problem.original[kept]) < 0.03

    def _clamps(self) -> bool:
        """Return whether many pixels of the noisy pictures stand at -1 or 1 itself."""
        pictures = self._trace(self.problem.original, silent=False).pictures[1:]
        return bool(pictures) and (torch.cat(pictures).abs() == 1).double().mean().item() > 0.02

    def _blends_first(self, seen: Trace) -> bool:
        """Return whether the original is in the very first picture, however little of it."""
        first = self._signals(seen, self._trace(-self.problem.original))[0]
        return first > 0.5 * ABAR[self.problem.timesteps[0]].sqrt().item()
