"""The denoiser that records its calls and answers from a script."""

import pytest
import torch
from diffusers import DDPMScheduler

from helpers.denoisers.spy import Spy, x_0_script
from helpers.denoisers.world import DoorUNet, answering
from helpers.schedules import alphas_cumprod_of, squaredcos_betas, strided

ALPHAS_CUMPROD = alphas_cumprod_of(squaredcos_betas())
X_T = torch.linspace(-1, 1, 2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
EMBEDS = torch.ones(2, 5, 7)
PICTURE = torch.linspace(-1, 1, 3 * 4 * 4, dtype=torch.float64).reshape(3, 4, 4)


def constant(x_t, t, prompt_embeds, call_index):
    return torch.full((len(x_t), 6, *x_t.shape[2:]), float(call_index), dtype=torch.float64)


def test_every_call_is_recorded_as_float64_on_the_cpu():
    spy = Spy(constant)
    spy(X_T.half().requires_grad_(), 990, EMBEDS)
    spy(2 * X_T, torch.tensor([3, 5]), EMBEDS)
    assert [call.t.tolist() for call in spy.calls] == [[990, 990], [3, 5]]
    assert torch.equal(spy.calls[0].x_t, X_T.half().double()) and not spy.calls[0].x_t.requires_grad
    assert {call.x_t.dtype for call in spy.calls} == {call.prompt_embeds.dtype for call in spy.calls} == {torch.float64}
    assert spy.calls[0].t.dtype == torch.int64


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_answer_has_the_dtype_of_x_t(dtype):
    assert Spy(constant)(X_T.to(dtype), 10, EMBEDS).dtype == dtype


def test_the_script_learns_the_index_of_the_call():
    spy = Spy(constant)
    assert [spy(X_T, 10, EMBEDS).unique().item() for _ in range(3)] == [0, 1, 2]


def test_neither_the_caller_nor_the_script_can_change_a_record():
    def scribble(x_t, t, prompt_embeds, call_index):
        x_t.zero_()
        t.zero_()
        return constant(x_t, t, prompt_embeds, call_index)

    spy, x_t = Spy(scribble), X_T.double()
    spy(x_t, 10, EMBEDS)
    x_t.zero_()
    assert torch.equal(spy.calls[0].x_t, X_T.double()) and spy.calls[0].t.tolist() == [10, 10]


def test_a_call_out_of_range_is_refused_and_not_recorded():
    spy = Spy(constant)
    with pytest.raises(ValueError, match="t is 1000; expected a whole number from 0 to 999"):
        spy(X_T, 1000, EMBEDS)
    assert spy.calls == []


@pytest.mark.parametrize("t", [0, 30, 500, 990, 999])
def test_a_right_estimate_of_x_0_is_the_scripted_picture(t):
    spy = Spy(x_0_script(lambda index, t, embeds: PICTURE, ALPHAS_CUMPROD))
    eps = spy(X_T.double(), t, EMBEDS)[:, :3]
    alpha_bar_t = ALPHAS_CUMPROD[t].double()
    x_0_pred = (X_T.double() - (1 - alpha_bar_t).sqrt() * eps) / alpha_bar_t.sqrt()
    assert torch.allclose(x_0_pred, PICTURE.expand_as(x_0_pred), atol=1e-9)


def test_the_picture_may_differ_with_call_time_and_prompt():
    seen = []

    def picture_of(index, t, prompt_embeds):
        seen.append((index, t.tolist(), tuple(prompt_embeds.shape)))
        return PICTURE.expand(2, -1, -1, -1) * torch.tensor([1.0, -1.0]).reshape(2, 1, 1, 1)

    spy = Spy(x_0_script(picture_of, ALPHAS_CUMPROD))
    eps = spy(torch.zeros(2, 3, 4, 4), 500, EMBEDS)[:, :3]
    assert seen == [(0, [500, 500], (2, 5, 7))]
    assert torch.allclose(eps[0], -eps[1])


@pytest.mark.parametrize(("fraction", "v"), [(0.0, -1.0), (0.5, 0.0), (1.0, 1.0)])
def test_the_variance_channels_hold_the_given_place_in_the_learned_range(fraction, v):
    spy = Spy(x_0_script(lambda *_: PICTURE, ALPHAS_CUMPROD, log_variance_fraction=fraction))
    assert (spy(X_T, 500, EMBEDS)[:, 3:] == v).all()


def test_a_whole_loop_of_diffusers_ends_at_the_scripted_picture():
    class Stage1:
        unet = DoorUNet(torch.nn.Identity())
        scheduler = DDPMScheduler(beta_schedule="squaredcos_cap_v2", variance_type="learned_range", clip_sample=False)

    stage_1, spy = Stage1(), Spy(x_0_script(lambda *_: PICTURE, ALPHAS_CUMPROD))
    with answering(stage_1, spy):
        stage_1.scheduler.set_timesteps(timesteps=strided())
        x_t = X_T
        for t in stage_1.scheduler.timesteps:
            answer = stage_1.unet(x_t, t, encoder_hidden_states=EMBEDS, return_dict=False)[0]
            x_t = stage_1.scheduler.step(answer, t, x_t, generator=torch.Generator().manual_seed(0)).prev_sample
    assert [call.t[0].item() for call in spy.calls] == strided()
    assert torch.allclose(x_t.double(), PICTURE.expand_as(x_t).double(), atol=1e-3)
