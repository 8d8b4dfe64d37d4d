"""The closed-form denoiser against numerical integration, limits and sampled chains."""

import pytest
import torch
from diffusers import DDPMScheduler

from helpers.denoisers.exact import ExactUNet, GaussianMixture, exact_stage_1
from helpers.denoisers.pictures import drawn_pictures
from helpers.denoisers.world import answering
from helpers.schedules import alphas_cumprod_of, squaredcos_betas

ALPHAS_CUMPROD = alphas_cumprod_of(squaredcos_betas()).double()
TIMES = [0, 1, 30, 250, 500, 750, 990, 999]
WHOLE = torch.tensor([[[1.0, 0.0]]])  # the embedding of "", where the mixture has no captions


def mixture_1d(stds=(0.1, 0.3, 0.2)):
    return GaussianMixture(
        torch.tensor([-0.8, 0.1, 0.9]).reshape(3, 1, 1, 1), torch.tensor(stds), torch.tensor([0.5, 0.2, 0.3])
    )


def normal(x, mean, variance):
    """Return the logarithm of the normal density."""
    return -((x - mean) ** 2) / (2 * variance) - 0.5 * torch.log(torch.as_tensor(2 * torch.pi * variance))


def log_marginal(x, mixture, alpha_bar_t):
    """Return log p_t(x) of a 1-D mixture on a grid."""
    seen = alpha_bar_t * mixture.stds**2 + 1 - alpha_bar_t
    means = alpha_bar_t.sqrt() * mixture.means.double().flatten()
    return torch.logsumexp(mixture.weights.log() + normal(x[:, None], means, seen), dim=1)


def moments(grid, log_density):
    """Return mean and variance of a density on an even grid."""
    density = torch.softmax(log_density, dim=0)
    mean = (density * grid).sum()
    return mean, (density * (grid - mean) ** 2).sum()


def ask(unet, x_t, t, embeds):
    """Return eps and v, each shaped like x_t."""
    return unet(x_t, t, embeds.expand(len(x_t), -1, -1), return_dict=False)[0].chunk(2, dim=1)


def x_0_of(x_t, t, eps):
    alpha_bar_t = ALPHAS_CUMPROD[t]
    return (x_t - (1 - alpha_bar_t).sqrt() * eps) / alpha_bar_t.sqrt()


def reverse_variance(v, t, scheduler):
    """Return the variance that diffusers makes of v."""
    return scheduler._get_variance(t, predicted_variance=v, variance_type="learned_range").exp()


@pytest.mark.parametrize("t", TIMES)
@pytest.mark.parametrize("x", [-1.3, 0.0, 0.45, 2.0])
def test_the_noise_is_the_posterior_mean_of_a_numerical_integral(t, x):
    mixture = mixture_1d()
    grid = torch.linspace(-4, 4, 200_001, dtype=torch.float64)
    prior = log_marginal(grid, mixture, torch.tensor(1.0, dtype=torch.float64))
    expected, _ = moments(grid, prior + normal(x, ALPHAS_CUMPROD[t].sqrt() * grid, 1 - ALPHAS_CUMPROD[t]))
    x_t = torch.full((1, 1, 1, 1), x, dtype=torch.float64)
    eps, _ = ask(ExactUNet(mixture, ALPHAS_CUMPROD), x_t, t, WHOLE)
    # dividing by sqrt(alpha_bar_t) enlarges the rounding of eps: 20,000 times at t = 999
    assert x_0_of(x_t, t, eps).item() == pytest.approx(expected.item(), abs=1e-9 / ALPHAS_CUMPROD[t].sqrt().item())


def numerical_reverse_variance(mixture, x, t, t_prev):
    """Return Var[x_prev | x_t = x] by integrating p(x_prev) p(x_t | x_prev), without a posterior formula."""
    alpha_t = ALPHAS_CUMPROD[t] / ALPHAS_CUMPROD[t_prev]
    grid = torch.linspace(-7, 7, 350_001, dtype=torch.float64)
    log_density = log_marginal(grid, mixture, ALPHAS_CUMPROD[t_prev]) + normal(x, alpha_t.sqrt() * grid, 1 - alpha_t)
    return moments(grid, log_density)[1].item()


@pytest.mark.parametrize("t", [1, 30, 250, 500, 750, 990])
@pytest.mark.parametrize("x", [-1.3, 0.0, 0.45])
def test_the_variance_channels_give_the_variance_of_the_true_reverse_step(t, x):
    mixture, scheduler = mixture_1d(), DDPMScheduler(beta_schedule="squaredcos_cap_v2")
    x_t = torch.full((1, 1, 1, 1), x, dtype=torch.float64)
    _, v = ask(ExactUNet(mixture, ALPHAS_CUMPROD), x_t, t, WHOLE)
    expected = numerical_reverse_variance(mixture, x, t, t - 1)
    lowest, highest = (reverse_variance(torch.tensor(end), t, scheduler).item() for end in (-1.0, 1.0))
    assert reverse_variance(v, t, scheduler).item() == pytest.approx(min(max(expected, lowest), highest), rel=2e-4)


@pytest.mark.parametrize("t", [990, 750, 500, 250])
def test_the_variance_channels_follow_the_steps_that_the_scheduler_keeps(t):
    mixture = GaussianMixture(torch.zeros(1, 1, 1, 1), torch.tensor([0.5]))
    stage_1 = exact_stage_1(mixture)
    stage_1.scheduler.set_timesteps(timesteps=[990, 750, 500, 250, 0])
    t_prev = stage_1.scheduler.previous_timestep(t).item()
    x_t = torch.full((1, 1, 1, 1), 0.3, dtype=torch.float64)
    _, v = ask(stage_1.unet, x_t, t, torch.eye(2)[:1, None])
    expected = numerical_reverse_variance(mixture, 0.3, t, t_prev)
    assert reverse_variance(v, t, stage_1.scheduler).item() == pytest.approx(expected, rel=2e-3)


def test_a_time_that_the_scheduler_does_not_keep_counts_as_a_step_of_the_full_chain():
    stage_1 = exact_stage_1(mixture_1d())
    x_t = torch.full((1, 1, 1, 1), 0.3)
    before = stage_1.unet(x_t, 333, torch.eye(2)[:1, None]).sample
    stage_1.scheduler.set_timesteps(timesteps=[990, 500, 0])
    assert torch.equal(stage_1.unet(x_t, 333, torch.eye(2)[:1, None]).sample, before)


@pytest.mark.parametrize("t", [100, 500, 900])
def test_two_pixels_have_the_mean_and_the_variances_of_a_numerical_integral(t):
    means = torch.tensor([[-0.7, 0.4], [0.5, 0.8], [0.2, -0.9]], dtype=torch.float64)
    stds, weights = torch.tensor([0.2, 0.25, 0.3], dtype=torch.float64), torch.tensor([0.2, 0.5, 0.3])
    unet = ExactUNet(GaussianMixture(means.reshape(3, 1, 1, 2), stds, weights), ALPHAS_CUMPROD)
    x_t = torch.tensor([0.1, -0.3], dtype=torch.float64).reshape(1, 1, 1, 2)

    axis = torch.linspace(-3, 3, 601, dtype=torch.float64)
    points = torch.cartesian_prod(axis, axis)
    log_prior = torch.logsumexp(
        weights.double().log() + sum(normal(points[:, i, None], means[:, i], stds**2) for i in (0, 1)), dim=1
    )
    a, s = ALPHAS_CUMPROD[t].sqrt(), 1 - ALPHAS_CUMPROD[t]
    density = torch.softmax(log_prior + sum(normal(x_t.flatten()[i], a * points[:, i], s) for i in (0, 1)), dim=0)
    mean = density @ points
    variance = density @ (points - mean) ** 2

    got_mean, got_variance = unet.posterior(x_t, torch.tensor([t]), unet.component_weights(WHOLE))
    assert torch.allclose(got_mean.flatten(), mean, atol=1e-6)
    assert torch.allclose(got_variance.flatten(), variance, atol=1e-6)


def test_a_set_of_pictures_comes_back_as_its_nearest_member_when_little_noise_is_left():
    pictures = torch.rand(6, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    unet = ExactUNet(GaussianMixture(pictures), ALPHAS_CUMPROD)
    noise = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(1)).double()
    x_t = ALPHAS_CUMPROD[0].sqrt() * pictures + (1 - ALPHAS_CUMPROD[0]).sqrt() * noise
    eps, v = ask(unet, x_t, 0, WHOLE)
    assert torch.allclose(x_0_of(x_t, 0, eps), pictures.double(), atol=1e-9)
    assert (v == -1).all(), "no doubt is left about x_0, so the variance is the lower bound"


def test_a_set_of_pictures_comes_back_as_its_mean_when_all_is_noise():
    pictures, weights = torch.tensor([-1.0, 0.0, 1.0]).reshape(3, 1, 1, 1), torch.tensor([1.0, 1.0, 2.0])
    unet = ExactUNet(GaussianMixture(pictures, weights=weights), ALPHAS_CUMPROD)
    mean, variance = unet.posterior(torch.zeros(1, 1, 1, 1), torch.tensor([999]), unet.component_weights(WHOLE))
    assert mean.item() == pytest.approx(0.25, abs=1e-3)
    assert variance.item() == pytest.approx(0.6875, abs=1e-3)


def captioned():
    """Return pictures of one pixel: two cats, a dog that is also an animal."""
    values = torch.tensor([-1.0, -0.5, 1.0]).reshape(3, 1, 1, 1)
    return GaussianMixture(values, captions=(("a cat", "an animal"), ("a cat",), ("a dog", "an animal")))


def mean_under(amounts):
    unet, mixture = ExactUNet(captioned(), ALPHAS_CUMPROD), captioned()
    embeds = torch.zeros(1, 1, len(mixture.prompts()))
    for prompt, amount in amounts.items():
        embeds[0, 0, mixture.prompts().index(prompt)] = amount
    x_t = torch.zeros(1, 1, 1, 1)
    return unet.posterior(x_t, torch.tensor([999]), unet.component_weights(embeds))[0].item()


@pytest.mark.parametrize(
    ("amounts", "mean"),
    [
        ({"a cat": 1}, -0.75),
        ({"a dog": 1}, 1.0),
        ({"an animal": 1}, 0.0),
        ({"": 1}, -0.5 / 3),
        ({"a high quality photo": 1}, -0.5 / 3),
        ({"a cat": 0.25, "a dog": 0.75}, 0.25 * -0.75 + 0.75 * 1.0),
        ({"a cat": 1, "a dog": 3}, 0.25 * -0.75 + 0.75 * 1.0),
    ],
)
def test_a_prompt_chooses_components_and_a_mixed_embedding_mixes_their_weights(amounts, mean):
    assert mean_under(amounts) == pytest.approx(mean, abs=1e-3)


def test_rows_of_a_batch_are_independent_in_time_and_prompt():
    mixture = drawn_pictures(16)
    unet = ExactUNet(mixture)
    embeds = torch.eye(len(mixture.prompts()))[[0, 2, 5, 9], None]
    x_t, t = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 400, 700, 999])
    together = unet(x_t, t, embeds).sample
    one_by_one = [unet(x_t[i : i + 1], int(t[i]), embeds[i : i + 1]).sample for i in range(4)]
    assert torch.allclose(together, torch.cat(one_by_one), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_answer_has_the_dtype_of_x_t_and_no_more_error_than_its_rounding(dtype):
    unet = ExactUNet(drawn_pictures(8))
    x_t = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)).to(dtype)
    embeds = torch.eye(42, dtype=dtype)[[0, 2], None]
    answer, exact = unet(x_t, 500, embeds).sample, unet(x_t.double(), 500, embeds.double()).sample
    assert answer.dtype == dtype
    assert torch.allclose(answer.double(), exact, rtol=torch.finfo(dtype).eps, atol=1e-12)


def test_it_can_be_the_world_behind_another_pipeline():
    stage_1, unet = exact_stage_1(captioned()), ExactUNet(mixture_1d())
    x_t = torch.full((1, 1, 1, 1), 0.3)
    with answering(stage_1, unet):
        answer = stage_1.unet(x_t, 500, WHOLE, return_dict=False)[0]
    assert torch.equal(answer, unet(x_t, 500, WHOLE).sample)


def test_half_leaves_the_numbers_inside_as_they_are():
    unet, x_t, embeds = ExactUNet(mixture_1d()), torch.full((1, 1, 1, 1), 0.3), WHOLE
    before = unet(x_t, 30, embeds).sample
    assert torch.equal(unet.half()(x_t, 30, embeds).sample, before)


def test_every_time_step_gives_finite_noise_and_v_in_range():
    unet = ExactUNet(drawn_pictures(8))
    x_t = torch.randn(1000, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    eps, v = ask(unet, x_t, torch.arange(1000), torch.eye(42)[:1, None])
    assert eps.isfinite().all() and v.abs().max() <= 1


def test_gradients_reach_x_t():
    x_t = torch.full((1, 1, 1, 1), 0.3, requires_grad=True)
    ExactUNet(mixture_1d())(x_t, 500, WHOLE).sample[:, :1].sum().backward()
    assert x_t.grad.isfinite().all() and x_t.grad.abs().sum() > 0


def test_a_sampled_chain_has_the_mean_and_the_variance_of_the_mixture():
    mixture, count = mixture_1d(), 4000
    unet = ExactUNet(mixture)
    scheduler = DDPMScheduler(beta_schedule="squaredcos_cap_v2", variance_type="learned_range", clip_sample=False)
    generator = torch.Generator().manual_seed(0)
    x_t = torch.randn(count, 1, 1, 1, generator=generator, dtype=torch.float64)
    for t in range(999, -1, -1):
        answer = unet(x_t, t, WHOLE.expand(count, -1, -1), return_dict=False)[0]
        x_t = scheduler.step(answer, t, x_t, generator=generator).prev_sample
    means, weights = mixture.means.double().flatten(), mixture.weights / mixture.weights.sum()
    mean = (weights * means).sum().item()
    variance = (weights * (mixture.stds**2 + means**2)).sum().item() - mean**2
    tolerance = 4 * (variance / count) ** 0.5  # four standard errors of the mean
    assert x_t.mean().item() == pytest.approx(mean, abs=tolerance)
    assert x_t.var().item() == pytest.approx(variance, rel=0.05)
    near_first = (x_t < -0.45).double().mean().item()
    assert near_first == pytest.approx(0.5, abs=0.04), "half of the samples belong to the first component"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"means": torch.zeros(3, 4, 4)}, r"means is \(3, 4, 4\); expected .* \(K, C, H, W\)"),
        ({"means": torch.zeros(0, 3, 4, 4)}, "at least one picture"),
        ({"means": torch.full((1, 3, 4, 4), float("nan"))}, "finite"),
        ({"means": torch.zeros(2, 3, 4, 4), "stds": [0.1]}, "stds is .*; expected 2 finite numbers, each 0 or more"),
        ({"means": torch.zeros(2, 3, 4, 4), "stds": [0.1, -1]}, "each 0 or more"),
        ({"means": torch.zeros(2, 3, 4, 4), "weights": [0.0, 1.0]}, "weights is .* each more than 0"),
        ({"means": torch.zeros(2, 3, 4, 4), "captions": [("a cat",)]}, "captions has 1 entries; expected 2"),
    ],
)
def test_a_mixture_that_does_not_fit_together_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(**arguments)


@pytest.mark.parametrize(
    ("shape", "t", "embeds", "message"),
    [
        ((1, 1, 1, 2), 10, WHOLE, r"x_t is \(1, 1, 1, 2\); this denoiser knows pictures of \(1, 1, 1\)"),
        ((1, 1, 1, 1), 1000, WHOLE, "t is 1000"),
        ((1, 1, 1, 1), 10, torch.ones(1, 77, 4096), "4096 features; expected 2.*embed_prompts"),
        ((1, 1, 1, 1), 10, torch.zeros(1, 1, 2), "only zeros"),
        ((1, 1, 1, 1), 10, torch.tensor([[[2.0, -1.0]]]), "negative"),
    ],
)
def test_a_call_out_of_range_is_refused(shape, t, embeds, message):
    with pytest.raises(ValueError, match=message):
        ExactUNet(mixture_1d())(torch.zeros(shape), t, embeds)
