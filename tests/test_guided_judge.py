"""The judge of guided loops: it accepts every order of calls, holds each step by itself, and names what is wrong."""

import pytest
import torch

from helpers.checks.guided import COND, GUIDANCE_MISTAKES, UNCOND, guided, guided_exercise, right_guidance
from helpers.checks.loops import DenoisingLoop, Exercise
from helpers.checks.report import CheckFailed, Mistake
from helpers.checks.student_function import StudentFunction
from helpers.sampling import variance_adder
from helpers.schedules import strided

SCALE = 2.5


def batched(stage_1, x, t, cond, uncond, swap=False):
    """Ask both prompts in one call; swap=True asks the prompt first."""
    embeds = torch.cat([cond, uncond] if swap else [uncond, cond]).to(x)
    first, second = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0].chunk(2)
    return (first, second) if swap else (second, first)


def one_by_one(stage_1, x, t, cond, uncond):
    first = stage_1.unet(x, t, encoder_hidden_states=uncond.to(x), return_dict=False)[0]
    return stage_1.unet(x, t, encoder_hidden_states=cond.to(x), return_dict=False)[0], first


def loop_with(stage_1, guidance=right_guidance, ask=batched, after=lambda x, mean: x, dtype=torch.float32):
    """Return a student's loop made of parts: how it asks, how it guides, what it does after a step."""
    add_variance, abar = variance_adder(stage_1), stage_1.scheduler.alphas_cumprod

    @torch.no_grad()
    def iterative_denoise_cfg(im_noisy, i_start, cond, uncond, timesteps, scale=7, display=True):
        x = im_noisy.to(dtype)
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :], strict=True):
            both = ask(stage_1, x, t, cond, uncond)
            noise, variance = guidance(*[answer.chunk(2, dim=1) for answer in both], scale)
            alpha_t = abar[t] / abar[t_prev]
            x_0 = (x - (1 - abar[t]).sqrt() * noise) / abar[t].sqrt()
            mean = abar[t_prev].sqrt() * (1 - alpha_t) / (1 - abar[t]) * x_0
            mean = mean + alpha_t.sqrt() * (1 - abar[t_prev]) / (1 - abar[t]) * x
            x = after(add_variance(variance, t, mean), mean).to(dtype)
        return x

    return iterative_denoise_cfg


def arguments(im_noisy, embeds, i_start, timesteps):
    return im_noisy, i_start, embeds[COND], embeds[UNCOND], timesteps


def judge(stage_1, function, scale=SCALE, i_start=12, stride=30, seed=0):
    exercise = guided_exercise(arguments, scale, {} if scale == 7 else {"scale": scale})
    student = StudentFunction("iterative_denoise_cfg", function)
    loop = DenoisingLoop(student, stage_1, strided(stride=stride), i_start, seed, exercise)
    loop.require_means()
    loop.require_noise()


def mistake_of(stage_1, function, **options) -> str | None:
    with pytest.raises(CheckFailed) as failure:
        judge(stage_1, function, **options)
    return failure.value.mistake and failure.value.mistake.name


def swapped(stage_1, x, t, cond, uncond):
    return batched(stage_1, x, t, cond, uncond, swap=True)


@pytest.mark.parametrize("ask", [batched, swapped, one_by_one])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_right_loops_pass_whatever_the_order_of_their_calls(stage_1, ask, dtype):
    judge(stage_1, loop_with(stage_1, ask=ask, dtype=dtype))


@pytest.mark.parametrize(("i_start", "stride", "scale"), [(0, 30, 7), (25, 30, 7), (3, 45, 4)])
def test_a_right_loop_passes_from_any_start_at_any_stride_and_scale(stage_1, i_start, stride, scale):
    judge(stage_1, loop_with(stage_1), scale, i_start, stride)


@pytest.mark.parametrize("mistake", GUIDANCE_MISTAKES, ids=lambda mistake: mistake.name)
def test_each_mistake_of_guidance_is_named(stage_1, mistake):
    assert mistake_of(stage_1, loop_with(stage_1, GUIDANCE_MISTAKES[mistake])) == mistake.name


@pytest.mark.parametrize("name", ["gamma_for_w", "cfg_on_variance", "variance_averaged"])
def test_a_mistake_is_named_in_half_precision_too(stage_1, name):
    guidance = next(rule for mistake, rule in GUIDANCE_MISTAKES.items() if mistake.name == name)
    assert mistake_of(stage_1, loop_with(stage_1, guidance, dtype=torch.float16)) == name


def test_a_loop_that_asks_for_one_prompt_twice_is_told_which_is_missing(stage_1):
    def cond_twice(stage_1, x, t, cond, uncond):
        return batched(stage_1, x, t, cond, cond)

    def uncond_twice(stage_1, x, t, cond, uncond):
        return batched(stage_1, x, t, uncond, uncond)

    assert mistake_of(stage_1, loop_with(stage_1, ask=cond_twice)) == "uncond_unasked"
    assert mistake_of(stage_1, loop_with(stage_1, ask=uncond_twice)) == "cond_unasked"


def test_embeddings_of_no_prompt_are_refused(stage_1):
    def mixed(stage_1, x, t, cond, uncond):
        return batched(stage_1, x, t, (cond + uncond) / 2, uncond)

    with pytest.raises(CheckFailed, match="other embeddings"):
        judge(stage_1, loop_with(stage_1, ask=mixed))


def test_two_calls_with_different_pictures_are_seen(stage_1):
    def other_noise(stage_1, x, t, cond, uncond):
        return batched(stage_1, x, t, cond, uncond)[0], batched(stage_1, x + 0.3, t, cond, uncond)[1]

    assert mistake_of(stage_1, loop_with(stage_1, ask=other_noise)) == "other_picture"


def test_two_calls_at_different_times_are_refused(stage_1):
    def later(stage_1, x, t, cond, uncond):
        return batched(stage_1, x, t, cond, uncond)[0], batched(stage_1, x, t - 30, cond, uncond)[1]

    with pytest.raises(CheckFailed, match="other time steps"):
        judge(stage_1, loop_with(stage_1, ask=later))


def test_noise_that_is_missing_or_added_before_guidance_is_named(stage_1):
    def amplified(x, mean):
        return mean + (SCALE**2 + (SCALE - 1) ** 2) ** 0.5 * (x - mean)

    assert mistake_of(stage_1, loop_with(stage_1, after=lambda x, mean: mean)) == "variance_missing"
    assert mistake_of(stage_1, loop_with(stage_1, after=amplified)) == "noise_guided"


def test_a_step_is_judged_by_itself_whatever_the_steps_before_it_were(stage_1):
    """One step goes wrong: it alone is reported, though every later picture differs from a right loop's."""
    steps = iter(range(40))
    function = loop_with(stage_1, after=lambda x, mean: x + 0.5 * (next(steps) == 4))
    with pytest.raises(CheckFailed, match=r"the first that differs \(i = 16\)"):
        judge(stage_1, function, i_start=12)


def flip_exercise() -> Exercise:
    """Return a loop whose second prompt is to be seen upside down."""

    def predict(ask, x):
        upright, flipped = guided(ask, x, "one", SCALE), guided(ask, x.flip(-2), "two", SCALE)
        return tuple((a + b.flip(-2)) / 2 for a, b in zip(upright, flipped, strict=True))

    return Exercise(
        prompts=("one", "two", UNCOND),
        arguments=lambda x, embeds, i_start, timesteps: (x, i_start, *embeds.values(), timesteps),
        predict=predict,
        unasked={(UNCOND, "flipped"): Mistake("uncond_in_one_view", "")},
        views={"upright": (lambda x: x, lambda x: x), "flipped": (lambda x: x.flip(-2), lambda x: x.flip(-2))},
        options={"scale": SCALE},
    )


def flip_loop(stage_1, flipped_first: bool = False, own_uncond: bool = True):
    """Return an anagram's loop: its views come in either order, the second with an unconditional call or without."""
    add_variance, abar = variance_adder(stage_1), stage_1.scheduler.alphas_cumprod

    @torch.no_grad()
    def make_flip_illusion(x, i_start, one, two, uncond, timesteps, scale, display=True):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :], strict=True):
            if flipped_first:
                down = one_by_one(stage_1, x.flip(-2), t, two, uncond)
            up = one_by_one(stage_1, x, t, one, uncond)
            if not flipped_first:
                null = uncond if own_uncond else two
                down = one_by_one(stage_1, x.flip(-2), t, two, null)
                down = down if own_uncond else (down[0], up[1].flip(-2))
            both = [right_guidance(*[answer.chunk(2, dim=1) for answer in view], scale) for view in (up, down)]
            noise, variance = ((a + b.flip(-2)) / 2 for a, b in zip(*both, strict=True))
            alpha_t = abar[t] / abar[t_prev]
            mean = (x - (1 - alpha_t) / (1 - abar[t]).sqrt() * noise) / alpha_t.sqrt()
            x = add_variance(variance, t, mean)
        return x

    return make_flip_illusion


def judge_flip(stage_1, function):
    loop = DenoisingLoop(StudentFunction("make_flip_illusion", function), stage_1, strided(), 14, 0, flip_exercise())
    loop.require_means()
    loop.require_noise()


@pytest.mark.parametrize("flipped_first", [False, True])
def test_views_may_be_asked_in_any_order(stage_1, flipped_first):
    judge_flip(stage_1, flip_loop(stage_1, flipped_first))


def test_the_view_that_lacks_its_unconditional_call_is_named(stage_1):
    with pytest.raises(CheckFailed) as failure:
        judge_flip(stage_1, flip_loop(stage_1, own_uncond=False))
    assert failure.value.mistake.name == "uncond_in_one_view"


def test_what_is_done_after_a_step_belongs_to_it(stage_1):
    """A loop that adds 0.1 to every pixel after each step passes where the exercise asks for it, and only there."""
    exercise = guided_exercise(arguments, SCALE, {"scale": SCALE})
    shifted = exercise._replace(after=lambda step, outcome: outcome._replace(mean=outcome.mean + 0.1))
    student = StudentFunction("iterative_denoise_cfg", loop_with(stage_1, after=lambda x, mean: x + 0.1))
    DenoisingLoop(student, stage_1, strided(), 12, 0, shifted).require_noise()
    with pytest.raises(CheckFailed):
        DenoisingLoop(student, stage_1, strided(), 12, 0, exercise).require_noise()
