"""What inpainting does after a step, in closed form: the right thing, and the wrong ones that students write.

The kept region is put back at the noise level of the step's result (Lugmayr et al. 2022, eq. 8), and a resampling loop
adds noise again on its way up (Ho et al. 2020, eq. 2 on kept steps). Each mistake is an `after` of loops.Exercise.
"""

from collections.abc import Callable, Sequence

import torch

from helpers.checks.diagnosis import Outcome
from helpers.checks.noising import jump
from helpers.checks.pictures import smooth_pictures
from helpers.checks.report import Mistake, mistakes
from helpers.checks.steps import ABAR, Step, StepRule, reverse_mean

EQ_KEEP = "the equation of the kept region in this chapter; Lugmayr et al. 2022, eq. 8"
EQ_RENOISE = "'The way up' in this chapter; Ho et al. 2020, eq. 2 on kept steps"
SHAPE = (1, 3, 32, 40)

After = Callable[[Step, Outcome], Outcome]


class Done(Outcome):
    """An outcome in which the original stands already, rightly or wrongly: nothing more is done to it."""


NOT_RESTORED = Mistake(
    "kept_not_restored",
    "the returned picture's kept region is the model's, not the original: blend after the last step, too",
    EQ_KEEP,
)
NOTHING_KEPT = Mistake("nothing_kept", "the original plays no part in the loop: put it in after every step", EQ_KEEP)
FORWARD_LATER = Mistake(
    "forward_later", "the original is noised to the time after t': the step's result lies at t'", EQ_KEEP
)


class Inpainting:
    """An inpainting problem of a check: an original and a mask, and what a right loop makes of them.

    timesteps  kept time steps, noisy to clean
    levels     indices into timesteps in the order in which the loop visits them; up is noisier
    """

    def __init__(self, timesteps: Sequence[int], levels: Sequence[int], seed: int):
        source = torch.Generator().manual_seed(77 + seed)
        self.timesteps, self.levels, self.seed = list(timesteps), list(levels), seed
        self.original = smooth_pictures(SHAPE, source)
        # some of everything: uneven shares, no symmetry, a mask whose inside is not its outside upside down
        self.mask = (smooth_pictures((1, 1, *SHAPE[2:]), source) > 0.08).float()
        down = [(i, j) for i, j in zip(self.levels, self.levels[1:], strict=False) if j > i]
        self.pairs = [(self.timesteps[i], self.timesteps[j]) for i, j in down]
        following = [i for i, _ in down[1:]] + [down[-1][1]]
        self.after_up = [self.timesteps[i] for i in following]  # where the loop stands when it asks again

    @property
    def goes_up(self) -> bool:
        return len(self.pairs) > len(self.timesteps) - 1

    def keep(
        self, noise_level: Callable[[Step], tuple] | None = None, mask: torch.Tensor | None = None,
        renoise: Callable[[Outcome, int, int], Outcome] | None = None,
    ) -> After:  # fmt: skip
        """Return what is done after a step: the kept region put back, then noise added where the loop goes back up.

        noise_level  step -> factors of the original and of the noise in the kept region; default those of t'
        mask         where the step's own result stays; default the mask
        renoise      outcome, t, t_up -> outcome; default the right one
        """
        level, up = noise_level or (lambda step: jump(ABAR[step.t_prev])), renoise or _up
        m = self.mask if mask is None else mask

        def after(step: Step, outcome: Outcome) -> Outcome:
            if isinstance(outcome, Done):
                return outcome
            signal, noise = level(step)
            kept = Outcome(signal * self.original, torch.as_tensor(noise).expand(SHAPE))
            mean = m * outcome.mean + (1 - m) * kept.mean
            std = (m * outcome.std.square() + (1 - m) * kept.std.square()).sqrt()
            return self._back_up(step, Outcome(mean, std), up)

        return after

    def ending(self, last: After, before: After | None = None) -> After:
        """Return what is done where the last step gets another treatment than those before (default: the right one)."""
        before = before or self.keep()
        return lambda step, outcome: (last if step.n == len(self.pairs) - 1 else before)(step, outcome)

    def keep_exactly_at_the_end(self) -> After:
        """Return what is done where the original itself, without noise, stands in the last picture: right, too."""
        return self.ending(self.keep(lambda step: (1.0, 0.0)))

    def keep_all_but_the_last(self) -> After:
        """Return what is done where the last step's result is left as it is: its kept region is the model's."""
        return self.ending(lambda step, outcome: outcome)

    def keep_before_each_step(self) -> After:
        """Return what is done where the original comes in before each step, at the level that the step leads to."""
        next_level = self.keep(lambda step: jump(ABAR[self.pairs[step.n + 1][1]]))
        return self.ending(lambda step, outcome: outcome, before=next_level)

    def alone(self) -> After:
        """Return what is done where nothing is kept at all."""
        return lambda step, outcome: self._back_up(step, outcome, _up)

    def _back_up(self, step: Step, outcome: Outcome, up) -> Outcome:
        """Return an outcome after the way up, level by level, that follows the n-th step."""
        top, bottom = self.timesteps.index(self.after_up[step.n]), self.timesteps.index(step.t_prev)
        for i in range(bottom, top, -1):
            outcome = up(outcome, self.timesteps[i], self.timesteps[i - 1])
        return outcome


def _up(outcome: Outcome, t: int, t_up: int) -> Outcome:
    """Return an outcome one level up, Ho et al. 2020, eq. 2 on kept steps."""
    return _noised(outcome, *jump(ABAR[t_up] / ABAR[t]))


def _noised(outcome: Outcome, factor, std) -> Outcome:
    return Outcome(factor * outcome.mean, ((factor * outcome.std).square() + torch.as_tensor(std).square()).sqrt())


def known_mistakes(problem: Inpainting) -> dict[Mistake, StepRule]:
    """Return the known mistakes of the blend and of the way up as rules of a step, for `Exercise.steps`."""
    afters = _keep_mistakes(problem) | (_renoise_mistakes(problem) if problem.goes_up else {})
    return {mistake: lambda step, after=after: Done(*after(step, step.right)) for mistake, after in afters.items()}


def _one_mask(problem: Inpainting, share: torch.Tensor) -> After:
    """Return what comes of one mask that multiplies the step's result and the noised original."""

    def after(step: Step, outcome: Outcome) -> Outcome:
        signal, noise = jump(ABAR[step.t_prev])
        std = (outcome.std.square() + noise**2).sqrt()
        return Outcome(share * (outcome.mean + signal * problem.original), share * std)

    return after


def _keep_mistakes(problem: Inpainting) -> dict[Mistake, After]:
    """Return what the known mistakes of the blend make of a step."""
    keep, m = problem.keep, problem.mask
    last = len(problem.pairs) - 1

    def unblended_last(step: Step, outcome: Outcome) -> Outcome:
        return outcome if step.n == last else outcome._replace(mean=outcome.mean / 0)  # explains the last step alone

    def into_x_0(step: Step, outcome: Outcome) -> Outcome:
        x_0 = m * step.x_0 + (1 - m) * problem.original
        return problem.alone()(step, outcome._replace(mean=reverse_mean(step, x_0=x_0)))

    return mistakes(EQ_KEEP, {
        ("mask_swapped", "kept and new are swapped: here mask 1 = new content, 0 = keep"): keep(mask=1 - m),
        ("kept_without_noise", "the original is pasted in without noise: forward(original, t') first"):
            keep(lambda s: (1.0, 0.0)),
        ("forward_at_t", "the original is noised to t: the step's result lies at t', so noise it to t'"):
            keep(lambda s: jump(ABAR[s.t])),
        ("forward_at_index", "forward is given the index i: give it the time, timesteps[i + 1]"):
            keep(lambda s: jump(ABAR[s.i + 1])),
        ("kept_noise_by_variance", "the kept region's noise is scaled by its variance: take the root"):
            keep(lambda s: (ABAR[s.t_prev].sqrt(), 1 - ABAR[s.t_prev])),
        ("kept_without_sqrt", "the kept region uses alpha-bar without square roots"):
            keep(lambda s: (ABAR[s.t_prev], 1 - ABAR[s.t_prev])),
        ("mask_on_one_side", "the same mask multiplies both pictures: one of the two takes 1 - mask"):
            _one_mask(problem, m),
        ("mask_on_one_side", "both pictures are multiplied by 1 - mask: one of the two takes mask"):
            _one_mask(problem, 1 - m),
        ("original_in_x_0", "the original is put into x_0_pred: put it into the step's result, with its noise"):
            into_x_0,
    }) | {
        FORWARD_LATER: keep(lambda s: jump(ABAR[s.t_later])),
        NOTHING_KEPT: problem.alone(),
        NOT_RESTORED: unblended_last,
    }  # fmt: skip


def _other_rise(problem: Inpainting, factors: Callable) -> After:
    """Return what comes of other factors of x_t and of the noise: (alpha_t, t, t_up) -> both."""
    return problem.keep(renoise=lambda outcome, t, t_up: _noised(outcome, *factors(ABAR[t_up] / ABAR[t], t, t_up)))


def _rise_where(problem: Inpainting, m: torch.Tensor) -> After:
    """Return what comes of noise that is added only where m is 1."""

    def up(outcome: Outcome, t: int, t_up: int) -> Outcome:
        risen = _up(outcome, t, t_up)
        return Outcome(m * risen.mean + (1 - m) * outcome.mean, m * risen.std + (1 - m) * outcome.std)

    return problem.keep(renoise=up)


def _renoise_mistakes(problem: Inpainting) -> dict[Mistake, After]:
    """Return what the known mistakes of the way back up make of a step."""

    def rule(factors: Callable) -> After:
        return _other_rise(problem, factors)

    def chain(t: int) -> torch.Tensor:
        return ABAR[t] / ABAR[max(t - 1, 0)]  # one step of the full chain

    def of_original(outcome: Outcome, t: int, t_up: int) -> Outcome:
        signal, noise = jump(ABAR[t_up])
        return Outcome(signal * problem.original, noise.expand(SHAPE))

    return mistakes(EQ_RENOISE, {
        ("renoise_missing", "the loop goes back up without adding noise"): rule(lambda a, t, u: (1.0, 0.0)),
        ("renoise_as_clean", "forward(x_t, t) treats x_t as a clean picture: it has noise already"):
            rule(lambda a, t, u: jump(ABAR[u])),
        ("renoise_without_sqrt", "alpha_t and 1 - alpha_t are used without their square roots"):
            rule(lambda a, t, u: (a, 1 - a)),
        ("renoise_by_variance", "the noise is multiplied by 1 - alpha_t: take the root"):
            rule(lambda a, t, u: (a.sqrt(), 1 - a)),
        ("renoise_not_scaled", "noise is added, but x_t is not scaled by sqrt(alpha_t)"):
            rule(lambda a, t, u: (1.0, (1 - a).sqrt())),
        ("renoise_not_noised", "x_t is scaled by sqrt(alpha_t), but no noise is added"):
            rule(lambda a, t, u: (a.sqrt(), 0.0)),
        ("renoise_unstrided", "beta_t is that of one step of the full chain: use the kept steps' alpha_t"):
            rule(lambda a, t, u: jump(chain(u))),
        ("renoise_unstrided", "beta_t is that of the step at t alone: use the kept steps' alpha_t"):
            rule(lambda a, t, u: jump(chain(t))),
        ("renoise_original", "the original takes the picture's place on the way up: the new content is lost"):
            problem.keep(renoise=of_original),
        ("renoise_kept_alone", "only the kept region gets noise on the way up: the new one needs it, too"):
            _rise_where(problem, 1 - problem.mask),
        ("renoise_new_alone", "only the new region gets noise on the way up: the kept one needs it, too"):
            _rise_where(problem, problem.mask),
        ("renoise_unit_noise", "the noise has size 1: scale it by sqrt(1 - alpha_t)"):
            rule(lambda a, t, u: (a.sqrt(), 1.0)),
    })  # fmt: skip
