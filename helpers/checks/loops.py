"""Judge a denoising loop step by step, through a spy behind the U-Net.

The U-Net answers by a function that the judge knows (`scripted_denoiser`). From the picture that the student's code
hands in at one step, the picture of the next step follows in closed form, whatever style the code is written in and
however wrong the steps before it were. Every loop runs twice:

- silently: the variance channels are so low that the step's noise vanishes, and every step is exact;
- with noise: what the loop added is what remains after the mean is taken away, and its size is known.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch

from helpers.checks.diagnosis import Outcome, apart, diagnose, misfit, surprise
from helpers.checks.pictures import same_rows
from helpers.checks.report import Mistake
from helpers.checks.scripted_denoiser import ScriptedDenoiser
from helpers.checks.steps import ABAR, EQ_NOISE, EQ_STEP, STEP_MISTAKES, Step, StepRule, step_in_range
from helpers.checks.student_function import StudentFunction
from helpers.checks.trace import SeenStep, Trace, require_times, rounding_of, trace_of

Ask = Callable[[torch.Tensor, str], tuple[torch.Tensor, torch.Tensor]]
Predict = Callable[[Ask, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
View = Callable[[torch.Tensor], torch.Tensor]
OutcomeOf = Callable[[int], Outcome]  # from the number of a step

AS_IT_IS: dict[str, tuple[View, View]] = {"as it is": (lambda x: x, lambda x: x)}
RETURNS_X_0 = Mistake("returns_x_0", "the last x_0_pred is returned in place of the last picture of the loop")
OTHER_PICTURE = Mistake(
    "other_picture", "the calls of one step got different pictures: each gets the same x_t", EQ_STEP
)


class Exercise(NamedTuple):
    """What a loop is asked to do, and what is known of how it goes wrong.

    prompts    names of the embeddings that the loop gets
    arguments  (im_noisy, name -> embeddings, i_start, timesteps) -> what the student's function is called with
    predict    (ask, x_t) -> noise and variance of a step; ask(x, name) -> noise and variance of one call at its time
    wrong      mistakes of the prediction: a predict each
    steps      mistakes of the step: from a Step to an Outcome each; those of chapter 3 are known without being named
    unasked    (prompt, view) -> the mistake that a loop makes which never asks for it
    views      name -> (view, inverse_view) under which the U-Net may see the picture
    after      (Step, Outcome of the reverse step) -> Outcome, where something is done to the picture after each step
    options    keyword arguments of the call, beside display=False
    """

    prompts: Sequence[str]
    arguments: Callable[..., tuple]
    predict: Predict
    wrong: Mapping[Mistake, Predict] = {}
    steps: Mapping[Mistake, StepRule] = {}
    unasked: Mapping[tuple[str, str], Mistake] = {}
    views: Mapping[str, tuple[View, View]] = AS_IT_IS
    after: Callable[[Step, Outcome], Outcome] = lambda step, outcome: outcome
    options: Mapping = {}
    read: str = EQ_STEP


class DenoisingLoop:
    """A student's loop under judgement: one start, one list of time steps.

    student      the student's function
    stage_1      the pipeline whose U-Net and scheduler the loop uses
    timesteps    kept time steps, noisy to clean
    i_start      index at which the loop begins
    exercise     what the loop is to do
    pairs        (t, t') of each step in order, where it is not simply down timesteps[i_start:]
    draws_start  True where the loop gets no im_noisy and draws its first picture from N(0, I) by itself
    shape        of the picture
    """

    def __init__(
        self, student: StudentFunction, stage_1, timesteps: Sequence[int], i_start: int, seed: int, exercise: Exercise,
        pairs: Sequence[tuple[int, int]] = (), draws_start: bool = False, shape: tuple[int, ...] = (1, 3, 32, 40),
    ):  # fmt: skip
        self.student, self.stage_1, self.timesteps, self.i_start = student, stage_1, list(timesteps), i_start
        self.exercise, self.seed, self.draws_start, self.shape = exercise, seed, draws_start, shape
        self.pairs = list(pairs) or list(zip(self.timesteps[i_start:-1], self.timesteps[i_start + 1 :], strict=True))
        self.source = torch.Generator().manual_seed(1000 * seed + i_start)

    def require_means(self) -> None:
        """Require the right mean of every step, without noise, and that the last picture is returned."""
        self._require(silent=True)

    def require_noise(self) -> None:
        """Require that the noise which each step adds has the size that the variance channels ask for."""
        self._require(silent=False)

    def _require(self, silent: bool) -> None:
        run = _Run(self, silent)
        for n, x_next in enumerate(run.pictures[1:]):
            if run.misfit(n, x_next) > 1:
                run.fail_at(n)
        if run.trace.stopped:
            raise run.trace.stopped
        if silent:  # the noise of the last step is below what the eye or the exercise minds: only its mean is judged
            run.require_answer()
        else:
            run.require_likeliest()

    def trace(self, denoiser: ScriptedDenoiser, start: torch.Tensor) -> Trace:
        """Call the function from a first picture, and return what was seen of it."""
        arguments = self.exercise.arguments(start, denoiser.embeds, self.i_start, self.timesteps)
        options, times = {"display": False, **self.exercise.options}, [t for t, _ in self.pairs]
        twice = any(a == b for a, b in zip(times, times[1:], strict=False))
        return trace_of(
            self.student, self.stage_1, denoiser, self.timesteps, arguments, options, self.shape, self.seed,
            denoiser.name_of, by_picture=twice,
        )  # fmt: skip


class _Run:
    """One call of the student's function, with noise in the steps or without, and the steps that were seen."""

    def __init__(self, loop: DenoisingLoop, silent: bool):
        self.loop, self.exercise, self.silent = loop, loop.exercise, silent
        embeds = {name: torch.randn((1, 77, 16), generator=loop.source) for name in self.exercise.prompts}
        self.denoiser = ScriptedDenoiser(embeds, loop.pairs, loop.shape, loop.source, silent)
        self.start = torch.randn(loop.shape, generator=loop.source)
        self.trace = loop.trace(self.denoiser, self.start)
        self._require_asked()
        self.seen = self.trace.steps[: len(loop.pairs)]
        self.rounding = rounding_of(self.trace.pictures[1 : len(loop.pairs)] or [self.start])
        self.steps, self.right_outcomes, self.pictures, self.views_of = [], [], [], {}
        for n, step in enumerate(self.seen):
            self.pictures.append(self._picture(n, step))
            self.steps.append(self.step(n, self.exercise.predict))
            self.right_outcomes.append(self.exercise.after(self.steps[n], self.steps[n].right))

    def _require_asked(self) -> None:
        """Require the right times, embeddings and first picture."""
        loop, asked, times = self.loop, self.trace.times, [t for t, _ in self.loop.pairs]
        if self.trace.stopped and not asked:
            raise self.trace.stopped
        if not self.trace.stopped or asked != times[: len(asked)]:
            require_times(loop.student, asked, times, loop.timesteps, loop.i_start)
        for step in self.trace.steps:
            for row in step.rows:
                if row.prompt is None:
                    loop.student.fail(
                        "the U-Net was given other embeddings",
                        expected="encoder_hidden_states=" + " or ".join(self.exercise.prompts),
                        got=f"at t = {step.t} embeddings of shape {tuple(row.embeds.shape)}",
                    )
        self._require_start(self.trace.pictures[0])

    def _require_start(self, x_t: torch.Tensor) -> None:
        if self.loop.draws_start:
            if abs(x_t.std() - 1) > 0.08 or abs(x_t.mean()) > 0.08:
                self.loop.student.fail(
                    "the first call of the U-Net got no pure noise",
                    expected="mean 0, standard deviation 1",
                    got=f"mean {x_t.mean():.2f}, standard deviation {x_t.std():.2f}",
                )
        elif not any(same_rows(view(self.start), x_t) for view, _ in self.exercise.views.values()):
            self.loop.student.fail("the first call of the U-Net got another picture", expected="im_noisy as it came")

    def _picture(self, n: int, step: SeenStep) -> torch.Tensor:
        """Return the picture x_t that the loop held at a step: what the U-Net saw, with its view undone."""
        views = self.exercise.views.values()
        if n == 0 and self.loop.draws_start:
            return step.rows[0].x_t
        wanted = self.right_outcomes[n - 1].mean if n else self.start
        undone = [(row.prompt, inverse, inverse(row.x_t)) for row in step.rows for _, inverse in views]
        if n == 0:  # a prompt with one row keeps the view that it has here, however far the loop goes astray later
            prompts = [row.prompt for row in step.rows]
            alone = [each for each in undone if prompts.count(each[0]) == 1]
            self.views_of = {prompt: inverse for prompt, inverse, x in alone if same_rows(x, self.start)}
        known = [x for prompt, inverse, x in undone if self.views_of.get(prompt) is inverse]
        return min(known or [x for _, _, x in undone], key=lambda candidate: apart(candidate, wanted))

    def step(self, n: int, predict: Predict) -> Step:
        """Return the n-th step with what a prediction makes of it."""
        t, t_prev = self.loop.pairs[n]
        x_t = self.pictures[n]
        eps, v = predict(lambda x, name: self.denoiser.answer(x, t, name), x_t)
        timesteps = self.loop.timesteps
        i = timesteps.index(t)
        return Step(x_t, eps, v, t, t_prev, timesteps[min(i + 2, len(timesteps) - 1)], i, n)

    def misfit(self, n: int, x_next: torch.Tensor, expected: Outcome | None = None) -> float:
        """Return how badly a picture fits an outcome (default: the right one): up to 1 it is one of its draws."""
        return misfit(x_next, expected or self.right_outcomes[n], self._tolerance(n, x_next))

    def _tolerance(self, n: int, x_next: torch.Tensor) -> float:
        """Return the rounding error that a right step may show: that of its noise, guided with scale 7, and its own."""
        t, t_prev = self.loop.pairs[n]
        alpha_t = ABAR[t] / ABAR[t_prev]
        of_noise = (1 - alpha_t) / (alpha_t * (1 - ABAR[t])).sqrt()  # Ho et al. 2020, eq. 11
        return self.rounding * (1 + 10 * of_noise.item()) * max(1.0, x_next.square().mean().sqrt().item())

    def fail_at(self, n: int) -> None:
        """Report the n-th step, the first that differs, with the mistake that fits it and the steps after it."""
        following = dict(enumerate(self.pictures[1:]))
        if self.trace.answer and self.silent:
            following[len(self.steps) - 1] = self.trace.answer.value
        judged = {k: following[k] for k in range(n, min(n + 6, len(self.steps))) if k in following}
        asked = None if self._is_foreign(n) else self._unasked(n)
        self._fail(n, following[n], asked or self._mistake(judged) or (OTHER_PICTURE if self._is_foreign(n) else None))

    def require_answer(self) -> None:
        """Require that the last picture is returned: it may be the last x_0_pred, or the work of a wrong step."""
        last, got = len(self.steps) - 1, self.trace.answer.value
        mean = self.right_outcomes[last].mean
        if apart(got, self.steps[last].x_0) < apart(got, mean) / 10:
            self.loop.student.fail(
                "the returned picture is not the last one of the loop",
                expected="the picture at the last time step",
                mistake=RETURNS_X_0,
            )
        if self.misfit(last, got) > 1:
            self.fail_at(last)

    def _unasked(self, n: int) -> Mistake | None:
        asked = self._asked(n)
        return next((mistake for wanted, mistake in self.exercise.unasked.items() if wanted not in asked), None)

    def _is_foreign(self, n: int) -> bool:
        """Return whether a call of a step got a picture that is x_t under no view."""
        views = [view(self.pictures[n]) for view, _ in self.exercise.views.values()]
        return not all(any(same_rows(row.x_t, picture) for picture in views) for row in self.seen[n].rows)

    def _asked(self, n: int) -> set[tuple[str, str]]:
        """Return the (prompt, view) pairs that the U-Net was asked for at a step."""
        views = {name: view(self.pictures[n]) for name, (view, _) in self.exercise.views.items()}
        rows = self.seen[n].rows
        return {(row.prompt, name) for row in rows for name, x in views.items() if same_rows(row.x_t, x)}

    def require_likeliest(self) -> None:
        """Require the right noise of all steps together: a width that is off by a little shows in no step alone."""
        judged = dict(enumerate(self.pictures[1:]))
        mean = self.right_outcomes[0].mean
        rules = {mistake: of for mistake, of in self._hypotheses().items() if apart(of(0).mean, mean) < 1e-9}
        surprises = {mistake: self._surprise(judged, outcome_of) for mistake, outcome_of in rules.items()}
        nearest = min(surprises, key=surprises.get)
        if surprises[nearest] < self._surprise(judged, self.right_outcomes.__getitem__) - 30:
            self._fail(0, judged[0], nearest)

    def _surprise(self, judged: dict[int, torch.Tensor], outcome_of: OutcomeOf) -> float:
        return sum(surprise(x_next, outcome_of(n), self._tolerance(n, x_next)) for n, x_next in judged.items())

    def _mistake(self, judged: dict[int, torch.Tensor]) -> Mistake | None:
        """Return the known mistake that explains most of the steps, and explains them best."""
        known = {(mistake, "as it is"): of for mistake, of in self._hypotheses().items()}
        # a wrong prediction's x_0_pred may be clamped then: a right one never leaves [-1, 1] here
        known |= {(m, "in range"): self._outcome_of(p, step_in_range) for m, p in self.exercise.wrong.items()}
        misfits = {name: self._misfits(judged, outcome_of) for name, outcome_of in known.items()}
        if self.silent:  # what the right step explains as well is no explanation
            unexplained = sum(self._misfits(judged, self.right_outcomes.__getitem__))
            misfits = {name: each for name, each in misfits.items() if sum(each) < 0.9 * unexplained}
        score = None if self.silent else lambda name: self._surprise(judged, known[name])
        found = diagnose(misfits, score=score)
        return found and found[0]

    def _misfits(self, judged: dict[int, torch.Tensor], outcome_of: OutcomeOf) -> list[float]:
        """Return how badly each picture fits; 3 stands for all that is worse."""
        return [min(self.misfit(n, x_next, outcome_of(n)), 3.0) for n, x_next in judged.items()]

    def _outcome_of(self, predict: Predict | None = None, rule: StepRule = lambda step: step.right) -> OutcomeOf:
        """Return what each step leads to by a prediction (default: the right one) and a rule of the step."""

        def outcome_of(n: int) -> Outcome:
            step = self.step(n, predict) if predict else self.steps[n]
            return self.exercise.after(step, rule(step))

        return outcome_of

    def _hypotheses(self) -> dict[Mistake, OutcomeOf]:
        predictions = {mistake: self._outcome_of(predict) for mistake, predict in self.exercise.wrong.items()}
        rules = {**self.exercise.steps, **STEP_MISTAKES}
        return predictions | {mistake: self._outcome_of(rule=rule) for mistake, rule in rules.items()}

    def _fail(self, n: int, x_next: torch.Tensor, mistake: Mistake | None) -> None:
        step, right = self.steps[n], self.right_outcomes[n]
        off = (x_next - right.mean).square().mean().sqrt().item()
        kept, kept_prev = ABAR[step.t].item(), ABAR[step.t_prev].item()
        expected = f"alpha-bar_t {kept:.4f}, alpha-bar_t' {kept_prev:.4f}, alpha_t {kept / kept_prev:.4f}"
        got = f"a picture that is off by {off:.4f} (root mean square)"
        if not self.silent:
            expected, got = f"noise of standard deviation {right.std.square().mean().sqrt():.4f}", f"{off:.4f}"
        self.loop.student.fail(
            f"the step from t = {step.t} to t' = {step.t_prev} "
            + (f"is the first that differs (i = {step.i})" if self.silent else "adds the wrong noise"),
            expected=expected,
            got=got,
            mistake=mistake,
            read=self.exercise.read if self.silent else EQ_NOISE,
        )
