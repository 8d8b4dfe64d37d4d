"""Schedules and sampling functions against diffusers, an independent implementation, and against identities."""

import pytest
import torch
from diffusers import DDPMScheduler

from helpers import sampling, schedules
from helpers.denoisers.spy import Spy, x_0_script
from helpers.denoisers.world import answering

ABAR = schedules.alphas_cumprod_of(schedules.squaredcos_betas())


@pytest.fixture
def scheduler():
    """Return diffusers' scheduler with the settings of DeepFloyd IF, without thresholding."""
    return DDPMScheduler(beta_schedule="squaredcos_cap_v2", variance_type="learned_range", clip_sample=False)


def picture(seed: int = 0, shape=(2, 3, 8, 8)) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_squaredcos_schedule_is_that_of_diffusers(scheduler):
    torch.testing.assert_close(ABAR, scheduler.alphas_cumprod)


def test_linear_schedule_is_that_of_diffusers():
    ours = schedules.linear_betas(1000, 1e-4, 0.02)
    torch.testing.assert_close(ours, DDPMScheduler(beta_start=1e-4, beta_end=0.02).betas)


def test_strided_time_steps_are_those_of_the_assignment():
    assert schedules.strided() == list(range(990, -1, -30))
    assert len(schedules.strided()) == 34


@pytest.mark.parametrize("t", [0, 1, 30, 500, 999])
def test_forward_is_that_of_diffusers(scheduler, t):
    im, eps = picture(), torch.randn(2, 3, 8, 8)
    theirs = scheduler.add_noise(im, eps, torch.tensor([t, t]))
    torch.testing.assert_close(sampling.forward(im, t, ABAR, eps), theirs)


def test_the_predicted_picture_undoes_forward():
    im, eps = picture(), torch.randn(2, 3, 8, 8)
    x_t = sampling.forward(im, 600, ABAR, eps)
    torch.testing.assert_close(sampling.predict_x_0(x_t, 600, eps, ABAR), im, atol=1e-5, rtol=1e-5)


def test_forward_preserves_variance_one():
    im = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    for t in (100, 500, 900):
        noisy = sampling.forward(im, t, ABAR, torch.randn(im.shape, generator=torch.Generator().manual_seed(2)))
        assert abs(noisy.var().item() - 1) < 0.02


@pytest.mark.parametrize("start", [0, 10, 25])
def test_the_loop_is_that_of_diffusers(stage_1, start):
    """Both loops answer the same scripted world; the noise of the steps is silenced by the variance channels."""
    timesteps = schedules.strided()
    script = x_0_script(lambda index, *_: 0.5 * picture(index)[:1], ABAR, -3e4)
    x_t, embeds = torch.randn(1, 3, 8, 8), torch.zeros(1, 4, 4)
    with answering(stage_1, Spy(script)):
        ours = list(sampling.iterative_denoise(x_t, start, embeds, timesteps, stage_1))
    theirs = x_t
    with answering(stage_1, Spy(script)):
        stage_1.scheduler.set_timesteps(timesteps=timesteps)
        for t in timesteps[start:-1]:
            answer = stage_1.unet(theirs, t, encoder_hidden_states=embeds, return_dict=False)[0]
            theirs = stage_1.scheduler.step(answer, t, theirs).prev_sample
    assert len(ours) == 33 - start
    torch.testing.assert_close(ours[-1], theirs, atol=1e-4, rtol=1e-4)


def test_add_variance_has_the_size_that_the_variance_channels_ask_for(stage_1):
    stage_1.scheduler.set_timesteps(timesteps=schedules.strided())
    add_variance = sampling.variance_adder(stage_1)
    beta_t = 1 - ABAR[690] / ABAR[660]
    torch.manual_seed(0)
    noise = add_variance(torch.ones(1, 3, 128, 128), 690, torch.zeros(1, 3, 128, 128))
    assert abs(noise.std().item() / beta_t.sqrt().item() - 1) < 0.02


@pytest.mark.parametrize("t", [-1, 1000])
def test_a_time_step_outside_the_schedule_is_refused(t):
    with pytest.raises(ValueError, match="expected a time step from 0 to 999"):
        sampling.forward(picture(), t, ABAR)


def test_steps_out_of_order_are_refused():
    with pytest.raises(ValueError, match="expected t_prev below t"):
        sampling.denoising_step(picture(), picture(), 30, 60, ABAR)


@pytest.mark.parametrize(
    "call",
    [
        lambda: schedules.linear_betas(0),
        lambda: schedules.linear_betas(10, end=2),
        lambda: schedules.alphas_cumprod_of(torch.tensor([0.1, 1.0])),
        lambda: schedules.strided(1000, 0),
    ],
)
def test_a_schedule_out_of_range_is_refused(call):
    with pytest.raises(ValueError, match="expected"):
        call()


def test_a_finished_function_is_closed_while_its_chapter_is_checked():
    with sampling.closed_while_checking("forward"):
        with pytest.raises(sampling.FinishedFunctionClosed, match="chapter 2 asks you to write"):
            sampling.forward(picture(), 5, ABAR)
        sampling.predict_x_0(picture(), 5, picture(1), ABAR)
    sampling.forward(picture(), 5, ABAR)
