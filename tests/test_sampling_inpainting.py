"""RePaint against diffusers' own schedule, against the published counts, and against identities."""

import pytest
import torch
from diffusers import RePaintScheduler

from helpers import sampling
from helpers.checks.steps import ABAR
from helpers.denoisers.spy import Spy, x_0_script
from helpers.denoisers.world import answering
from helpers.sampling.inpainting import renoise
from helpers.schedules import strided

TIMESTEPS = strided()
EMBEDS = torch.zeros(1, 4, 4)


def picture(seed: int = 0, shape=(1, 3, 16, 20)) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def left_half(shape=(1, 1, 16, 20)) -> torch.Tensor:
    mask = torch.zeros(shape)
    mask[..., :10] = 1
    return mask


def inpainted(stage_1, original, mask, seen=None, **options) -> list[torch.Tensor]:
    """Run the loop in a world whose clean picture is grey, and keep the U-Net's calls in `seen`."""
    spy = Spy(x_0_script(lambda *_: torch.zeros(3, *original.shape[-2:]), ABAR, 0.0))
    torch.manual_seed(1)
    with answering(stage_1, spy):
        pictures = list(sampling.inpaint(original, mask, EMBEDS, EMBEDS, TIMESTEPS, stage_1, **options))
    if seen is not None:
        seen += spy.calls
    return pictures


def test_the_published_schedule_has_4570_transitions():
    times = sampling.resampling_schedule(250, 10, 10)
    steps = [after - before for before, after in zip(times, times[1:], strict=False)]
    assert (len(steps), steps.count(-1), steps.count(1)) == (4570, 2410, 2160)


@pytest.mark.parametrize("numbers", [(250, 10, 10), (33, 3, 3), (33, 1, 1), (50, 7, 4), (12, 12, 5), (30, 1, 6)])
def test_the_schedule_is_that_of_diffusers(numbers):
    scheduler = RePaintScheduler(num_train_timesteps=numbers[0])
    scheduler.set_timesteps(*numbers)
    assert sampling.resampling_schedule(*numbers) == [*scheduler.timesteps.tolist(), -1]


def test_without_resampling_the_schedule_goes_straight_down():
    assert sampling.resampling_schedule(33) == list(range(32, -2, -1))


@pytest.mark.parametrize("numbers", [(0, 1, 1), (33, 0, 1), (33, 1, 0)])
def test_a_schedule_of_nothing_is_refused(numbers):
    with pytest.raises(ValueError, match="each must be 1 or more"):
        sampling.resampling_schedule(*numbers)


@pytest.mark.parametrize("t, t_next", [(0, 30), (300, 330), (900, 990)])
def test_renoising_ends_at_the_noise_level_of_a_jump(t, t_next):
    """The same eps through `forward` and then `renoise` has mean and variance of one forward jump, eq. 4."""
    torch.manual_seed(0)
    x_0 = torch.full((1, 3, 200, 200), 0.7)
    x_t = renoise(sampling.forward(x_0, t, ABAR), t, t_next, ABAR)
    assert abs(x_t.mean() - 0.7 * ABAR[t_next].sqrt()) < 0.02
    assert abs(x_t.var() - (1 - ABAR[t_next])) < 0.02


def test_renoising_agrees_with_diffusers_step_by_step():
    """diffusers takes single steps, t to t + 1: there both have the same factor of the picture."""
    theirs = RePaintScheduler(beta_schedule="squaredcos_cap_v2")
    theirs.set_timesteps(1000, 1, 1)
    source = torch.Generator().manual_seed(3)
    x_t = picture()
    torch.manual_seed(3)
    ours = renoise(x_t, 499, 500, theirs.alphas_cumprod)
    torch.testing.assert_close(ours, theirs.undo_step(x_t, 500, generator=source), atol=1e-5, rtol=1e-5)


def test_renoising_downwards_is_refused():
    with pytest.raises(ValueError, match="expected t_next above t"):
        renoise(picture(), 60, 30, ABAR)


def test_the_kept_region_comes_back_within_the_noise_of_the_last_step(stage_1):
    original, mask = picture(), left_half()
    last = inpainted(stage_1, original, mask)[-1]
    apart = (last - original)[..., 10:]
    assert abs(apart.std() / (1 - ABAR[0]).sqrt() - 1) < 0.15
    assert (1 - ABAR[0]).sqrt() < 0.02 < 0.03 < (1 - ABAR[30]).sqrt(), "the threshold tells one level from the next"


def test_the_new_region_holds_what_the_denoiser_draws(stage_1):
    last = inpainted(stage_1, picture(), left_half())[-1]
    assert last[..., :10].square().mean().sqrt() < 0.03  # the world's clean picture is grey


@pytest.mark.parametrize("options", [{}, {"jump_length": 3, "n_resample": 3}])
def test_the_unet_sees_the_kept_region_at_the_noise_level_it_is_asked_for(stage_1, options):
    original, seen = picture(shape=(1, 3, 48, 60)), []
    mask = torch.zeros(48, 60)
    mask[:, :30] = 1
    inpainted(stage_1, original, mask, seen, **options)
    for call in seen[1:]:
        t = int(call.t[0])
        noise = call.x_t[:1, :, :, 30:] - ABAR[t].sqrt() * original[..., 30:]
        assert abs(noise.square().mean().sqrt() / (1 - ABAR[t]).sqrt() - 1) < 0.08, t


def test_a_mask_of_ones_is_plain_guidance(stage_1):
    """With everything new the loop is that of chapter 04, from the same noise."""
    original = picture()
    spy = Spy(x_0_script(lambda *_: 0.5 * original[0], ABAR, -3e4))
    with answering(stage_1, spy):
        torch.manual_seed(2)
        ours = list(sampling.inpaint(original, torch.ones(16, 20), EMBEDS, EMBEDS, TIMESTEPS, stage_1))[-1]
        torch.manual_seed(2)
        start = torch.randn_like(original)
        guided = list(sampling.iterative_denoise_cfg(start, 0, EMBEDS, EMBEDS, TIMESTEPS, stage_1))[-1]
    torch.testing.assert_close(ours, guided)


@pytest.mark.parametrize("shape", [(16, 20), (1, 1, 16, 20), (1, 3, 16, 20)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bool])
def test_all_usual_masks_do_the_same(stage_1, shape, dtype):
    expected = inpainted(stage_1, picture(), left_half())[-1]
    got = inpainted(stage_1, picture(), left_half(shape).to(dtype))[-1]
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, expected)


def test_a_batch_keeps_its_own_originals(stage_1):
    originals = picture(shape=(2, 3, 16, 20))
    last = inpainted(stage_1, originals, left_half())[-1]
    assert (last - originals)[..., 10:].abs().max() < 0.05


@pytest.mark.parametrize(
    "mask, message",
    [
        (torch.ones(1, 1, 8, 8), "expected .H, W. or"),
        (torch.ones(1, 2, 16, 20), "expected .H, W. or"),
        (torch.ones(4, 1, 16, 20), "expected .H, W. or"),
        (torch.ones(1, 20), "expected .H, W. or"),
        (torch.full((16, 20), 255.0), "expected 0 .keep. to 1 .new."),
        (torch.full((16, 20), -1.0), "expected 0 .keep. to 1 .new."),
        (torch.full((16, 20), float("nan")), "expected 0 .keep. to 1 .new."),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(stage_1, mask, message):
    with pytest.raises(ValueError, match=message):
        next(sampling.inpaint(picture(), mask, EMBEDS, EMBEDS, TIMESTEPS, stage_1))


def test_resampling_takes_each_transition_of_its_schedule(stage_1):
    pictures = inpainted(stage_1, picture(), left_half(), jump_length=3, n_resample=2)
    assert len(pictures) == len(sampling.resampling_schedule(33, 3, 2)) - 1
