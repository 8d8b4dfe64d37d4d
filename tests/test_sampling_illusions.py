"""Visual anagrams and hybrid images against closed forms, diffusers' own step and identities."""

import pytest
import torch

from helpers import sampling, schedules
from helpers.denoisers.spy import Spy
from helpers.denoisers.world import answering
from helpers.sampling import views

TIMESTEPS = schedules.strided(stride=90)  # twelve steps
VIEWS = {
    "upright": views.upright(),
    "flipped": views.flipped(),
    "rotated": views.rotated(),
    "negated": views.negated(),
    "permuted_patches": views.permuted_patches(4, seed=1),
    "inner_circle": views.inner_circle(),
}
PROMPTS = {name: torch.full((1, 4, 4), value) for name, value in (("", 0.0), ("first", 1.0), ("second", 2.0))}


def pointwise(x_t, t, prompt_embeds, _):
    """Answer each pixel by itself, so that no view changes what the world knows: noise and variance channels."""
    prompt = prompt_embeds.mean((1, 2)).reshape(-1, 1, 1, 1)
    noise = 0.5 * torch.tanh(x_t + 0.3 * prompt) + 0.1 * prompt
    return torch.cat([noise, torch.tanh(x_t) * 0.5 + 0.2 * prompt - 0.3], dim=1)


def with_gradient(x_t, t, prompt_embeds, _):
    """Answer differently at the top and at the bottom, left and right."""
    height, width = x_t.shape[-2:]
    slope = torch.linspace(-1, 1, height)[:, None] + 0.5 * torch.linspace(-1, 1, width)[None, :] ** 3
    return pointwise(x_t + 0.4 * slope, t, prompt_embeds, _)


def noise_picture(seed: int = 0, size: int = 16) -> torch.Tensor:
    return torch.randn((1, 3, size, size), generator=torch.Generator().manual_seed(seed))


def last_of(stage_1, script, sampler, *arguments) -> torch.Tensor:
    torch.manual_seed(0)
    with answering(stage_1, Spy(script)):
        return list(sampler(noise_picture(), 0, *arguments, PROMPTS[""], TIMESTEPS, stage_1, scale=3))[-1]


def guided(stage_1, script, prompt="first") -> torch.Tensor:
    return last_of(stage_1, script, sampling.iterative_denoise_cfg, PROMPTS[prompt])


def test_upright_views_of_one_prompt_are_plain_guidance(stage_1):
    both, prompts = [views.upright()] * 2, [PROMPTS["first"]] * 2
    ours = last_of(stage_1, with_gradient, sampling.make_illusion, prompts, both)
    torch.testing.assert_close(ours, guided(stage_1, with_gradient), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", [name for name in VIEWS if name != "negated"])  # the world below knows a sign
def test_a_view_of_one_prompt_changes_nothing_in_a_world_that_it_leaves_as_it_is(stage_1, name):
    pairs, prompts = [views.upright(), VIEWS[name]], [PROMPTS["first"]] * 2
    ours = last_of(stage_1, pointwise, sampling.make_illusion, prompts, pairs)
    torch.testing.assert_close(ours, guided(stage_1, pointwise), atol=1e-5, rtol=1e-5)


def test_a_negative_of_an_odd_world_changes_nothing(stage_1):
    def odd(x_t, t, prompt_embeds, _):
        return torch.cat([torch.tanh(x_t), x_t.abs().tanh()], dim=1)  # the noise turns its sign, its size does not

    pairs, prompts = [views.upright(), views.negated()], [PROMPTS["first"]] * 2
    ours = last_of(stage_1, odd, sampling.make_illusion, prompts, pairs)
    torch.testing.assert_close(ours, guided(stage_1, odd), atol=1e-5, rtol=1e-5)


def test_the_flip_illusion_is_the_illusion_of_two_views(stage_1):
    prompts = [PROMPTS["first"], PROMPTS["second"]]
    pairs = [views.upright(), views.flipped()]
    general = last_of(stage_1, with_gradient, sampling.make_illusion, prompts, pairs)
    torch.testing.assert_close(last_of(stage_1, with_gradient, sampling.make_flip_illusion, *prompts), general)


def test_swapping_the_prompts_turns_the_flip_illusion_upside_down(stage_1):
    """The mean of the first step only: later steps add noise that does not turn with the picture."""

    def first_step(x, *prompts):
        def silent(*call):  # the noise of the step is below rounding
            noise = with_gradient(*call)[:, :3]
            return torch.cat([noise, torch.full_like(noise, -3e4)], dim=1)

        with answering(stage_1, Spy(silent)):
            return next(sampling.make_flip_illusion(x, 0, *prompts, PROMPTS[""], TIMESTEPS, stage_1))

    x = noise_picture()
    first, second = PROMPTS["first"], PROMPTS["second"]
    turned = first_step(x.flip(-2), second, first).flip(-2)
    torch.testing.assert_close(first_step(x, first, second), turned, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["flipped", "rotated", "permuted_patches", "inner_circle"])
def test_the_illusion_is_that_of_diffusers_step_on_the_averaged_answers(stage_1, name):
    """Visual Anagrams' own order: turn all answers back, guide, average noise and variance, scheduler.step."""
    pairs, prompts = [views.upright(), VIEWS[name]], [PROMPTS["first"], PROMPTS["second"]]
    ours = last_of(stage_1, with_gradient, sampling.make_illusion, prompts, pairs)
    torch.manual_seed(0)
    theirs = noise_picture()
    stage_1.scheduler.set_timesteps(timesteps=TIMESTEPS)
    with answering(stage_1, Spy(with_gradient)):
        for t in TIMESTEPS[:-1]:
            noises, variances = [], []
            for (view, inverse_view), prompt in zip(pairs, prompts, strict=True):
                uncond, cond = (
                    inverse_view(stage_1.unet(view(theirs), t, encoder_hidden_states=embeds, return_dict=False)[0])
                    for embeds in (PROMPTS[""], prompt)
                )
                noises.append(uncond[:, :3] + 3 * (cond[:, :3] - uncond[:, :3]))
                variances.append(cond[:, 3:])
            answer = torch.cat([torch.stack(noises).mean(0), torch.stack(variances).mean(0)], dim=1)
            theirs = _clipping(stage_1.scheduler).step(answer, t, theirs).prev_sample
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def _clipping(scheduler):
    """Return a scheduler with the same steps that keeps x_0 in [-1, 1], as our guided loops do."""
    from diffusers import DDPMScheduler

    clipping = DDPMScheduler.from_config(scheduler.config, thresholding=False, clip_sample=True, clip_sample_range=1.0)
    clipping.set_timesteps(timesteps=TIMESTEPS)
    return clipping


def test_every_view_is_asked_with_its_prompt_and_without(stage_1):
    pairs, prompts = [views.upright(), views.rotated()], [PROMPTS["first"], PROMPTS["second"]]
    x, spy = noise_picture(), Spy(with_gradient)
    with answering(stage_1, spy):
        next(sampling.make_illusion(x, 0, prompts, pairs, PROMPTS[""], TIMESTEPS, stage_1))
    rows = {
        (round(e.mean().item()), torch.equal(p.float(), x[0]))
        for c in spy.calls
        for p, e in zip(c[0], c[2], strict=True)
    }
    assert rows == {(0, True), (1, True), (0, False), (2, False)}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_and_its_inverse_cancel(name):
    view, inverse_view = VIEWS[name]
    x = noise_picture()
    torch.testing.assert_close(inverse_view(view(x)), x)
    torch.testing.assert_close(view(inverse_view(x)), x)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_orthogonal(name):
    view, _ = VIEWS[name]
    basis = torch.eye(3 * 8 * 8).reshape(-1, 3, 8, 8)
    matrix = view(basis).flatten(1)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(len(basis)))


def test_the_views_differ():
    x = noise_picture()
    seen = [view(x) for view, _ in VIEWS.values()]
    assert all(not torch.equal(a, b) for i, a in enumerate(seen) for b in seen[:i])


def test_the_inner_circle_leaves_the_corners():
    x = noise_picture(size=32)
    view, _ = views.inner_circle(0.75)
    assert torch.equal(view(x)[..., :4, :4], x[..., :4, :4])
    assert not torch.equal(view(x)[..., 10:20, 10:20], x[..., 10:20, 10:20])


def test_patches_that_do_not_fit_are_refused():
    view, _ = views.permuted_patches(5)
    with pytest.raises(ValueError, match="choose a divisor of both"):
        view(noise_picture())


@pytest.mark.parametrize("sampler", [sampling.make_illusion, sampling.make_factorized])
def test_one_prompt_too_few_is_refused(stage_1, sampler):
    with pytest.raises(ValueError, match="give one prompt to each"):
        sampler(noise_picture(), 0, [PROMPTS["first"]], [lambda x: x] * 2, PROMPTS[""], TIMESTEPS, stage_1)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_low_pass_has_sigma_two_at_64_pixels_and_scales(size):
    impulse = torch.zeros(1, 1, size, size)
    impulse[..., size // 2, size // 2] = 1
    profile = sampling.low_pass(impulse).sum(-1).flatten().double()
    place = torch.arange(size) - size // 2
    torch.testing.assert_close(profile.sum(), torch.tensor(1.0, dtype=torch.float64), atol=1e-5, rtol=0)
    assert (profile * place**2).sum().sqrt().item() == pytest.approx(2 * size / 64, rel=0.01)


def test_low_pass_leaves_a_plain_picture_as_it_is():
    torch.testing.assert_close(sampling.low_pass(torch.full((1, 3, 32, 32), 0.7)), torch.full((1, 3, 32, 32), 0.7))


def test_a_hybrid_of_one_prompt_is_plain_guidance(stage_1):
    ours = last_of(stage_1, with_gradient, sampling.make_hybrids, PROMPTS["first"], PROMPTS["first"])
    torch.testing.assert_close(ours, guided(stage_1, with_gradient), atol=1e-4, rtol=1e-4)


def test_a_hybrid_takes_each_frequency_from_its_own_prompt(stage_1):
    """A world of two plain answers: the mean of the first step shows low(eps_1) + high(eps_2)."""
    flat, fine = torch.full((1, 3, 16, 16), 0.8), torch.ones(16, 16)
    fine[::2] = -1  # the finest stripes that there are

    def script(x_t, t, prompt_embeds, _):
        low = prompt_embeds.mean((1, 2)).reshape(-1, 1, 1, 1) == 1
        noise = torch.where(low, flat, 0.5 * fine.expand_as(x_t)).to(x_t)
        return torch.cat([noise, torch.full_like(noise, -3e4)], dim=1)

    x, (t, t_prev) = noise_picture(), TIMESTEPS[:2]
    arguments = PROMPTS["first"], PROMPTS["second"], PROMPTS[""], TIMESTEPS, stage_1
    with answering(stage_1, Spy(script)):
        got = next(sampling.make_hybrids(x, 0, *arguments, scale=1))
    noise = sampling.low_pass(flat) + 0.5 * fine - sampling.low_pass(0.5 * fine.expand(1, 3, 16, 16))
    abar = stage_1.scheduler.alphas_cumprod
    right = sampling.denoising_step(x, sampling.in_range(sampling.predict_x_0(x, t, noise, abar)), t, t_prev, abar)
    torch.testing.assert_close(got, right, atol=1e-3, rtol=1e-4)
