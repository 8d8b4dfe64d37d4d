"""The door before stage_1.unet, and the worlds behind it."""

import pytest
import torch
from diffusers import DDPMScheduler

from helpers.denoisers.world import DoorUNet, answering, read_call


class Network(torch.nn.Module):
    """A stand-in U-Net that answers with its weight and notes the dtype it was called in."""

    config = {"sample_size": 4}

    def __init__(self, dtype=torch.float32):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(2.0, dtype=dtype))

    @property
    def dtype(self):
        return self.weight.dtype

    def forward(self, sample, timestep, encoder_hidden_states=None, return_dict=True, **options):
        self.seen = (sample.dtype, getattr(encoder_hidden_states, "dtype", None))
        return (torch.cat([sample, sample], dim=1) * self.weight,)


class Stage1:
    def __init__(self, network=None):
        self.unet = DoorUNet(network or Network())
        self.scheduler = DDPMScheduler(beta_schedule="squaredcos_cap_v2")


X_T = torch.ones(2, 3, 4, 4)
EMBEDS = torch.ones(2, 5, 7)


def zeros(x_t, t, prompt_embeds):
    return torch.zeros(len(x_t), 6, *x_t.shape[2:])


def ask(stage_1, t=10):
    return stage_1.unet(X_T, t, encoder_hidden_states=EMBEDS, return_dict=False)[0]


def test_without_a_world_the_network_answers():
    assert torch.equal(ask(Stage1()), torch.full((2, 6, 4, 4), 2.0))


def test_the_door_has_the_attributes_of_the_network():
    door = Stage1().unet
    assert door.config["sample_size"] == 4
    assert door.dtype == torch.float32
    assert sum(p.numel() for p in door.parameters()) == 1
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = door.no_such_thing


def test_the_network_computes_in_its_own_dtype_and_the_answer_comes_in_that_of_x_t():
    network = Network(torch.bfloat16)
    answer = DoorUNet(network)(X_T.double(), 10, EMBEDS, return_dict=False)[0]
    assert network.seen == (torch.bfloat16, torch.bfloat16)
    assert answer.dtype == torch.float64


def test_both_forms_of_the_answer_agree():
    stage_1 = Stage1()
    with answering(stage_1, lambda x_t, t, e: torch.cat([x_t, 3 * x_t], dim=1)):
        assert torch.equal(stage_1.unet(X_T, 10, EMBEDS).sample, ask(stage_1))
    assert torch.equal(stage_1.unet(X_T, 10, EMBEDS).sample, ask(stage_1))


@pytest.mark.parametrize("t", [500, torch.tensor(500), torch.tensor([500]), torch.tensor([500, 500]), 500.0])
def test_the_world_gets_t_as_int64_for_each_picture(t):
    stage_1, seen = Stage1(), []
    with answering(stage_1, lambda x_t, t, e: seen.append(t) or zeros(x_t, t, e)):
        ask(stage_1, t)
    assert seen[0].dtype == torch.int64 and seen[0].tolist() == [500, 500]


def test_a_nested_world_gives_way_to_the_outer_one():
    stage_1 = Stage1()
    with answering(stage_1, lambda x_t, t, e: zeros(x_t, t, e) + 1):
        with answering(stage_1, zeros):
            assert ask(stage_1).sum() == 0
        assert (ask(stage_1) == 1).all()
    assert (ask(stage_1) == 2).all()


def test_a_world_that_is_a_module_leaves_nothing_behind():
    class World(torch.nn.Module):
        def forward(self, x_t, t, prompt_embeds):
            return zeros(x_t, t, prompt_embeds)

    stage_1 = Stage1()
    with answering(stage_1, World()):
        assert ask(stage_1).sum() == 0
    with answering(stage_1, lambda x_t, t, e: zeros(x_t, t, e) + 1):
        assert (ask(stage_1) == 1).all()
    assert [name for name, _ in stage_1.unet.named_children()] == ["network"]


def test_everything_is_put_back_after_an_error():
    stage_1 = Stage1()
    door, steps, kept = stage_1.unet, stage_1.scheduler.timesteps.clone(), stage_1.scheduler.alphas_cumprod
    values = kept.clone()
    with pytest.raises(ZeroDivisionError), answering(stage_1, zeros):
        stage_1.scheduler.set_timesteps(timesteps=[900, 0])
        stage_1.scheduler.alphas_cumprod[0] = 0.5
        stage_1.scheduler.note = "left behind"
        stage_1.unet = None
        raise ZeroDivisionError
    assert stage_1.unet is door and door.world is None
    assert torch.equal(stage_1.scheduler.timesteps, steps) and not stage_1.scheduler.custom_timesteps
    assert stage_1.scheduler.alphas_cumprod is kept and torch.equal(kept, values)
    assert not hasattr(stage_1.scheduler, "note")


def test_a_pipeline_without_a_door_is_refused():
    stage_1 = Stage1()
    stage_1.unet = Network()
    with pytest.raises(TypeError, match="Network; expected a DoorUNet"), answering(stage_1, zeros):
        pass


def test_a_world_that_answers_in_another_shape_is_refused():
    stage_1 = Stage1()
    with answering(stage_1, lambda x_t, t, e: x_t), pytest.raises(ValueError, match=r"\(2, 3, 4, 4\); expected \(2, 6"):
        ask(stage_1)


NAN = X_T.clone()
NAN[0, 0, 0, 0] = float("nan")


@pytest.mark.parametrize(
    ("x_t", "t", "embeds", "message"),
    [
        (X_T[0], 10, EMBEDS, r"x_t is \(3, 4, 4\)"),
        (X_T.long(), 10, EMBEDS, "int64; expected .* floating"),
        (X_T.numpy(), 10, EMBEDS, "x_t is a ndarray; expected a tensor"),
        (NAN, 10, EMBEDS, "x_t holds 1 values that are NaN or infinite of 96"),
        (X_T, 1000, EMBEDS, "t is 1000; expected a whole number from 0 to 999"),
        (X_T, -1, EMBEDS, "t is -1"),
        (X_T, 0.5, EMBEDS, "t is 0.5.*not t / T"),
        (X_T, torch.tensor([1, 2, 3]), EMBEDS, r"t has shape \(3,\)"),
        (X_T, 10, None, "encoder_hidden_states is a NoneType"),
        (X_T, 10, EMBEDS[:1], r"has 1 rows and x_t has 2.*expand\(2, -1, -1\)"),
    ],
)
def test_a_call_that_no_denoiser_could_answer_is_named(x_t, t, embeds, message):
    with pytest.raises(ValueError, match=message):
        read_call(x_t, t, embeds)


def test_t_may_go_up_to_another_number_of_training_steps():
    assert read_call(X_T, 199, EMBEDS, training_steps=200).t.tolist() == [199, 199]
    with pytest.raises(ValueError, match="from 0 to 199"):
        read_call(X_T, 200, EMBEDS, training_steps=200)
