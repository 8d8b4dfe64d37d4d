"""The finished functions of chapters 10 to 12, against diffusers' schedulers and closed forms."""

from fractions import Fraction

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from torch import nn

from helpers import checks, ddpm
from helpers.checks.report import CheckFailed
from helpers.face_ddpm import (
    ddim_sample,
    face_schedule,
    p_losses,
    p_sample,
    posterior_sigmas,
    q_sample,
    sample,
    slerp,
)
from helpers.networks.mnist import ClassConditionalUNet
from helpers.runtime import generator


class Answering(nn.Module):
    """A network whose answer is a fixed share of its input, whatever else it is called with."""

    def __init__(self, share=0.6):
        super().__init__()
        self.share = nn.Parameter(torch.tensor(share))
        self.calls = []

    def forward(self, x, *others):
        self.calls.append([x.clone(), *(other.clone() for other in others), self.training])
        return self.share * x


def theirs(betas, variance):
    return DDPMScheduler(len(betas), trained_betas=betas.numpy(), variance_type=variance, clip_sample=False)


# Digits


def test_a_batch_is_noised_as_by_diffusers():
    schedule, x_0 = ddpm.ddpm_schedule(), torch.rand(6, 1, 28, 28)
    x_t, noise, t = ddpm.noised_batch(schedule, x_0, generator(1))
    steps = (t * 300).round().long()
    expected = theirs(schedule["betas"], "fixed_large").add_noise(x_0, noise, steps)
    assert torch.allclose(x_t, expected, atol=1e-5) and len(set(steps.tolist())) > 3


def test_every_loss_is_that_of_its_equation():
    network, schedule, x_0 = Answering(), ddpm.ddpm_schedule(), torch.rand(8, 1, 28, 28)
    loss = ddpm.ddpm_forward(network, schedule, x_0, generator(2))
    x_t, noise, t = ddpm.noised_batch(schedule, x_0, generator(2))
    assert torch.equal(network.calls[0][1], t)
    assert loss.item() == pytest.approx((0.6 * x_t - noise).square().mean().item(), rel=1e-5)


def test_a_class_is_dropped_as_often_as_asked():
    network, labels = Answering(), torch.arange(400) % 10
    ddpm.class_ddpm_forward(network, ddpm.ddpm_schedule(), torch.zeros(400, 1, 4, 4), labels, 0.25, generator(0))
    classes = network.calls[0][1]
    dropped = (classes == 0).all(dim=1)
    assert 0.18 < dropped.float().mean() < 0.32 and torch.equal(classes[~dropped].argmax(1), labels[~dropped])


def test_a_step_of_the_digit_sampler_is_that_of_diffusers():
    network, schedule = Answering(), ddpm.ddpm_schedule(num_ts=12, beta1=0.01, beta2=0.2)
    ddpm.ddpm_sample(network.train(), schedule, 2, 12, generator(3))
    pictures = [call[0] for call in network.calls]
    scheduler = theirs(schedule["betas"], "fixed_large")
    for place, t in enumerate(range(11, 0, -1)):
        x_t, source = pictures[place], generator(0)
        step = scheduler.step(0.6 * x_t, t, x_t, generator=source)
        mean = step.prev_sample - schedule["betas"][t].sqrt() * torch.randn(x_t.shape, generator=generator(0))
        z = (pictures[place + 1] - mean) / schedule["betas"][t].sqrt()
        assert abs(z.std() - 1) < 0.1 and abs(z.mean()) < 0.1
    assert not any(call[-1] for call in network.calls)


@pytest.mark.parametrize(("scale", "share"), [(0, 0.0), (1, 1.0), (5, 5.0)])
def test_guidance_goes_past_the_conditional_answer(scale, share):
    class Told(Answering):
        def forward(self, x, c, t):
            super().forward(x, c, t)
            return c.sum(dim=1)[:, None, None, None].expand_as(x)  # 1 where a class is told, else 0

    schedule = ddpm.ddpm_schedule(num_ts=1, beta1=0.5, beta2=0.5)
    network = Told()
    drawn = ddpm.class_ddpm_sample(network, schedule, torch.tensor([3, 7]), scale, 1, generator(0))
    x_t = network.calls[0][0][:2]
    assert torch.allclose(drawn, (x_t - 0.5 / 0.5**0.5 * share) / 0.5**0.5, atol=1e-5)


def test_flow_matching_walks_straight_from_noise_to_a_single_picture():
    picture = torch.rand(1, 1, 28, 28)

    class Best(nn.Module):
        """The best velocity where the data are one picture: (x_0 - x) / (1 - t)."""

        def __init__(self):
            super().__init__()
            self.unused = nn.Parameter(torch.zeros(()))

        def forward(self, x, t):
            return (picture - x) / (1 - t.reshape(-1, 1, 1, 1)).clamp(min=1e-3)

    assert torch.allclose(ddpm.flow_sample(Best(), 3, 7, generator(0)), picture.expand(3, -1, -1, -1), atol=1e-4)
    assert ddpm.flow_forward(Best(), picture.expand(64, -1, -1, -1), generator(0)) < 1e-6


def test_a_digit_is_the_same_for_the_same_seed_and_labels_stay_in_their_rows():
    network, schedule = ClassConditionalUNet(1, 8), ddpm.ddpm_schedule(num_ts=3)
    one, other = (ddpm.class_ddpm_sample(network, schedule, torch.tensor([1, 2]), 2, 3, generator(5)) for _ in range(2))
    assert torch.equal(one, other) and one.shape == (2, 1, 28, 28)


# Faces


def test_the_noise_of_the_steps_is_diffusers_fixed_small_variance():
    betas = face_schedule(50).betas
    scheduler = theirs(betas, "fixed_small")
    variances = torch.stack([scheduler._get_variance(t) for t in range(1, 50)])
    sigmas = posterior_sigmas(betas)
    assert sigmas[0] == 0 and torch.allclose(sigmas[1:], variances.sqrt(), rtol=1e-4)


@pytest.mark.parametrize(("timesteps", "left"), [(200, 0.132), (300, 0.0481), (400, 0.0175), (1000, 4.0e-5)])
def test_the_chain_ends_where_the_facts_say(timesteps, left):
    assert face_schedule(timesteps).alphas_cumprod[-1].item() == pytest.approx(left, rel=0.02)


def test_the_mended_chain_ends_in_noise_for_every_length():
    assert face_schedule(200, mended=True).alphas_cumprod[-1].item() == pytest.approx(3.0e-5, rel=0.05)
    with pytest.raises(ValueError, match="between 0 and 1"):
        face_schedule(15, mended=True)
    with pytest.raises(ValueError, match="at least one"):
        face_schedule(0, mended=True)


@pytest.mark.parametrize("t", [0, 30, torch.tensor([0, 7, 49])])
def test_faces_are_noised_as_by_diffusers(t):
    schedule, x0 = face_schedule(50), torch.rand(3, 3, 8, 8)
    noise = torch.randn_like(x0)
    expected = theirs(schedule.betas, "fixed_small").add_noise(x0, noise, torch.as_tensor(t).expand(3))
    assert torch.allclose(q_sample(schedule, x0, t, noise), expected, atol=1e-5)


@pytest.mark.parametrize("squared", [False, True])
def test_the_loss_of_faces_is_absolute_unless_squared(squared):
    network, schedule, x0 = Answering(0.0), face_schedule(50), torch.rand(500, 3, 4, 4)
    loss = p_losses(network, schedule, x0, generator(0), squared)
    assert loss.item() == pytest.approx(1.0 if squared else (2 / torch.pi) ** 0.5, rel=0.03)  # of N(0, 1) itself
    times = network.calls[0][1]
    assert times.dtype == torch.int64 and times.min() == 0 and times.max() == 49


def test_a_step_of_the_face_sampler_is_that_of_diffusers():
    schedule, x = face_schedule(50), torch.randn(2, 3, 8, 8)
    scheduler = theirs(schedule.betas, "fixed_small")
    for t in (49, 20, 1, 0):
        expected = scheduler.step(0.6 * x, t, x, generator=generator(4)).prev_sample
        assert torch.allclose(p_sample(Answering(), x, t, schedule, generator(4)), expected, atol=1e-3)


def test_either_source_of_noise_can_be_left_out():
    network, schedule, shape = Answering(), face_schedule(20), (2, 3, 8, 8)
    one, other = (sample(network, shape, schedule, generator(seed), noise=False) for seed in (0, 1))
    assert not torch.equal(one, other)
    start = torch.zeros(shape)
    one, other = (sample(network, shape, schedule, generator(seed), x_T=start, noise=False) for seed in (0, 1))
    assert torch.equal(one, other)
    assert not torch.equal(sample(network, shape, schedule, generator(0), x_T=start), one)


@pytest.mark.parametrize("steps", [5, 10, 50])
def test_ddim_takes_the_steps_of_diffusers(steps):
    schedule, x_T, network = face_schedule(50), torch.randn(2, 3, 8, 8), Answering()
    drawn = ddim_sample(network, x_T.shape, schedule, steps, x_T=x_T)
    scheduler = DDIMScheduler(50, trained_betas=schedule.betas.numpy(), clip_sample=True)
    pictures = [call[0] for call in network.calls] + [drawn]
    times = [int(call[1][0]) for call in network.calls]
    for x, x_next, t, earlier in zip(pictures[:-1], pictures[1:], times, [*times[1:], -1], strict=True):
        scheduler.num_inference_steps = Fraction(50, t - earlier)  # diffusers goes down by 50 // this
        expected = scheduler.step(0.6 * x, t, x, use_clipped_model_output=True).prev_sample
        assert torch.allclose(x_next, expected, atol=1e-4)
    assert len(times) == steps and times[0] == 49 and times[-1] == 0


def test_ddim_in_one_step_is_the_guess_at_once():
    schedule, x_T = face_schedule(50), torch.randn(2, 3, 8, 8)
    alpha_bar = schedule.alphas_cumprod[-1]
    expected = ((x_T - (1 - alpha_bar).sqrt() * 0.6 * x_T) / alpha_bar.sqrt()).clamp(-1, 1)
    assert torch.allclose(ddim_sample(Answering(), x_T.shape, schedule, 1, x_T=x_T), expected, atol=1e-5)


def test_more_steps_than_the_chain_has_are_refused():
    with pytest.raises(ValueError, match="expected 1 to 50"):
        ddim_sample(Answering(), (1, 3, 8, 8), face_schedule(50), 51)


def test_noise_between_two_noises_is_as_long_as_noise():
    one, other = torch.randn(2, 3, 32, 32).unbind()
    for share in (0.0, 0.3, 0.5, 1.0):
        assert slerp(one, other, share).std() == pytest.approx(1, abs=0.05)
    assert torch.allclose(slerp(one, other, 0.0), one, atol=1e-5)
    assert ((one + other) / 2).std() < 0.8  # what the straight line would give


FINISHED = {
    "add_noise": ddpm.add_noise,
    "ddpm_schedule": ddpm.ddpm_schedule,
    "ddpm_forward": lambda unet, schedule, x_0, num_ts: ddpm.ddpm_forward(unet, schedule, x_0),
    "ddpm_sample": ddpm.ddpm_sample,
    "class_ddpm_forward": lambda *given: ddpm.class_ddpm_forward(*given[:5]),
    "class_ddpm_sample": ddpm.class_ddpm_sample,
    "flow_forward": ddpm.flow_forward,
    "flow_sample": ddpm.flow_sample,
    "q_sample": lambda x0, t, noise=None: q_sample(face_schedule(), x0, t, noise),
    "p_losses": lambda model, x0: p_losses(model, face_schedule(), x0),
    "posterior_sigmas": lambda betas: face_schedule(len(betas)).sigmas,
    "p_sample": lambda model, x, t: p_sample(model, x, t, face_schedule()),
    "sample": lambda model, shape: sample(model, shape, face_schedule()),
    "ddim_sample": lambda model, shape, steps: ddim_sample(model, shape, face_schedule(), steps),
}


@pytest.mark.parametrize("exercise", FINISHED)
def test_the_finished_function_is_closed_while_its_exercise_is_checked(exercise):
    with pytest.raises(CheckFailed, match="is closed while your own is checked"):
        getattr(checks, f"check_{exercise}")(FINISHED[exercise])
