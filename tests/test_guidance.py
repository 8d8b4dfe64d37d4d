"""Guidance by a loss: losses against closed forms, steps against diffusers, gradients through the network."""

import math

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DModel
from diffusers.models.unets.unet_2d import UNet2DOutput

from helpers.guidance import (
    clip_loss,
    colour_loss,
    great_circle,
    guided_sample,
    guided_steps,
    predicted_x_0,
    random_cutouts,
    start_noises,
)
from helpers.sampling.closing import FinishedFunctionClosed, closed_while_checking

SHAPE = (2, 3, 8, 8)


def linear_unet(factor: float = 0.4, mix: float = 0.2):
    """Return a network whose Jacobian is known: eps = factor x + mix flip(x)."""

    class Linear(torch.nn.Module):
        def forward(self, sample, timestep, return_dict=True):
            return UNet2DOutput(sample=factor * sample + mix * sample.flip(-1))

    return Linear()


def scheduler_of(kind=DDIMScheduler, steps=10):
    scheduler = kind(clip_sample=False)
    scheduler.set_timesteps(steps)
    return scheduler


def noise(seed=0, shape=SHAPE):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_predicted_x_0_undoes_the_noise_that_diffusers_adds():
    scheduler, x_0, eps = DDPMScheduler(), noise(0), noise(1)
    x_t = scheduler.add_noise(x_0, eps, torch.tensor([300, 300]))
    assert torch.allclose(predicted_x_0(scheduler, x_t, 300, eps), x_0, atol=1e-5)


def test_colour_loss_is_the_mean_distance_of_each_picture():
    red, grey = torch.tensor([1.0, -1.0, -1.0]).reshape(1, 3, 1, 1).expand(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    assert colour_loss(torch.cat([red, grey]), (1, 0, 0)).tolist() == pytest.approx([0.0, 0.5])


@pytest.mark.parametrize("colour", [(1, 0), (0, 0, 255), (0.1, float("nan"), 0.2)])
def test_a_colour_that_is_none_is_refused(colour):
    with pytest.raises(ValueError, match="expected red, green and blue"):
        colour_loss(torch.zeros(SHAPE), colour)


@pytest.mark.parametrize("angle", [0.1, 1.0, 2.5])
def test_great_circle_is_half_the_square_of_the_angle_whatever_the_lengths(angle):
    a, b = torch.tensor([3.0, 0.0]), 0.2 * torch.tensor([math.cos(angle), math.sin(angle)])
    assert great_circle(a, b).item() == pytest.approx(angle**2 / 2, rel=1e-4)


def test_clip_loss_averages_the_cutouts_of_each_picture_by_itself():
    def cutouts(pictures):
        return torch.cat([pictures[..., :4, :4], pictures[..., 4:, 4:]])

    def embed(pictures):
        return pictures.mean(dim=(2, 3))

    x_0, target = noise(2), torch.tensor([[1.0, 0.0, 0.0]])
    rows = [great_circle(embed(cut), target) for cut in (x_0[..., :4, :4], x_0[..., 4:, 4:])]
    assert torch.allclose(clip_loss(x_0, target, embed, cutouts), (rows[0] + rows[1]) / 2)


def test_random_cutouts_have_one_size_and_keep_the_order_of_the_pictures():
    pictures = torch.stack([torch.full((3, 16, 16), value) for value in (-1.0, 0.5)])
    cut = random_cutouts(3, torch.Generator().manual_seed(0))(pictures)
    assert cut.shape == (6, 3, 16, 16)
    assert torch.allclose(cut[:, 0, 0, 0], torch.tensor([-1.0, 0.5] * 3))


def test_no_cutouts_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        random_cutouts(0)


@pytest.mark.parametrize("kind", [DDPMScheduler, DDIMScheduler])
def test_without_a_loss_it_is_the_sampler_of_diffusers(kind):
    unet, scheduler, x_T = linear_unet(), scheduler_of(kind), noise()
    wanted, source = x_T, torch.Generator().manual_seed(5)
    for t in scheduler.timesteps:
        wanted = scheduler.step(unet(wanted, t).sample, t, wanted, generator=source).prev_sample
    for loss, scale in ((None, 1.0), (colour_loss, 0.0)):
        got = guided_sample(unet, scheduler, x_T, loss, scale, generator=torch.Generator().manual_seed(5))
        assert torch.allclose(got, wanted, atol=1e-5)


def test_the_pipeline_of_diffusers_draws_the_same_picture_with_a_real_network():
    from diffusers import DDIMPipeline

    torch.manual_seed(0)
    unet = UNet2DModel(8, block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4,
                       down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2)  # fmt: skip
    pipeline = DDIMPipeline(unet, DDIMScheduler())
    pipeline.set_progress_bar_config(disable=True)
    source = torch.Generator().manual_seed(3)
    wanted = pipeline(2, generator=source, num_inference_steps=4, output_type="np").images
    pipeline.scheduler.set_timesteps(4)
    got = guided_sample(unet, pipeline.scheduler, start_noises(2, 3, size=8), None, 0.0)
    assert torch.allclose((got / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1), torch.from_numpy(wanted), atol=1e-5)


def test_the_gradient_passes_through_the_network():
    factor, mix, scale, target = 0.4, 0.2, 3.0, noise(7)
    unet, scheduler, x_T = linear_unet(factor, mix), scheduler_of(), noise()
    t = int(scheduler.timesteps[0])
    alpha_bar = scheduler.alphas_cumprod[t]
    eps = factor * x_T + mix * x_T.flip(-1)
    outer = (x_T - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt() - target
    through = (outer - (1 - alpha_bar).sqrt() * (factor * outer + mix * outer.flip(-1))) / alpha_bar.sqrt()
    wanted = scheduler.step(eps, t, x_T - scale * alpha_bar * through).prev_sample

    def loss(x_0):
        return (x_0 - target).square().sum(dim=(1, 2, 3)) / 2

    assert torch.allclose(next(guided_steps(unet, scheduler, x_T, loss, scale)).x_prev, wanted, rtol=1e-4, atol=1e-4)


def test_a_card_does_not_depend_on_its_neighbours():
    unet, scheduler, x_T = linear_unet(), scheduler_of(), noise(shape=(3, 3, 8, 8))
    both = guided_sample(unet, scheduler, x_T, lambda x: colour_loss(x, (0.1, 0.9, 0.5)), 5.0)
    alone = guided_sample(unet, scheduler, x_T[:1], lambda x: colour_loss(x, (0.1, 0.9, 0.5)), 5.0)
    assert torch.allclose(both[:1], alone, atol=1e-5)


def test_more_scale_brings_pictures_nearer_to_the_colour():
    unet, scheduler, colour = linear_unet(), scheduler_of(), (0.1, 0.9, 0.5)
    drawn = [guided_sample(unet, scheduler, noise(), lambda x: colour_loss(x, colour), scale) for scale in (0, 20, 60)]
    far, nearer, nearest = (colour_loss(pictures, colour).mean().item() for pictures in drawn)
    assert far > nearer > nearest


def test_the_weights_get_no_gradient_and_the_picture_keeps_none():
    unet = linear_unet()
    unet.weight = torch.nn.Parameter(torch.ones(()))
    got = guided_sample(unet, scheduler_of(), noise(), lambda x: colour_loss(x, (0, 0, 1)), 1.0)
    assert unet.weight.grad is None and not got.requires_grad and not unet.training


def test_the_callback_sees_every_step_and_can_stop():
    seen = []

    def stop_at_three(step):
        seen.append(step)
        if step.place == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guided_sample(linear_unet(), scheduler_of(), noise(), None, 0.0, callback=stop_at_three)
    assert [step.place for step in seen] == [0, 1, 2] and seen[0].t > seen[1].t
    assert seen[0].x_0_pred.shape == SHAPE


def test_start_noises_are_the_same_whatever_was_drawn_before():
    first = start_noises(2, seed=4)
    torch.manual_seed(1)
    torch.randn(7)
    assert torch.equal(first, start_noises(2, seed=4)) and not torch.equal(first, start_noises(2, seed=5))


def test_it_is_closed_while_the_chapter_is_checked():
    with closed_while_checking("colour_loss"), pytest.raises(FinishedFunctionClosed, match="helpers.guidance.colour"):
        colour_loss(torch.zeros(SHAPE), (0, 0, 0))
