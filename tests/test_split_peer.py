"""Two sides that call each other's functions and networks: as if there were no wall between them."""

import contextlib
import socket
import threading

import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler
from diffusers.models.unets.unet_2d import UNet2DOutput
from torch import nn

from helpers.app import BadWish
from helpers.networks import mnist
from helpers.networks.transfer import copy_weights
from notebook_grader.runner.channel import Channel, WireError
from notebook_grader.runner.errors import rebuilt, told
from notebook_grader.runner.lent import HostedScheduler
from notebook_grader.runner.peer import Peer


@pytest.fixture
def pair():
    """Return (peer here, names there): a function over there is reached by `find`."""
    one, other = socket.socketpair()
    names, notes = {}, []
    there = Peer(Channel(other), {"find": lambda request: names[request["name"]]}, lambda note: None)

    def serve():
        with contextlib.suppress(EOFError, OSError):
            while True:
                there.serve_one()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    here = Peer(Channel(one), {}, notes.append)
    here.notes, here.there = notes, there
    yield here, names
    one.close(), other.close()
    thread.join(5)


def found(pair, value):
    here, names = pair
    names["it"] = value
    return here.ask("find", name="it")


def test_a_function_over_there_is_called_with_values_and_answers_with_values(pair):
    add = found(pair, lambda a, b=1: {"sum": a + b, "shape": (1, 2)})
    assert add(torch.ones(2), b=2)["sum"].tolist() == [3.0, 3.0]
    assert add(1) == {"sum": 2, "shape": (1, 2)}


def test_a_function_over_there_may_call_one_of_here(pair):
    seen = []

    def view(x):
        seen.append(x)
        return -x

    apply = found(pair, lambda view, x: view(x) + 1)
    assert apply(view, torch.tensor(4.0)).item() == -3 and len(seen) == 1


def test_an_error_over_there_arrives_with_name_text_and_line(pair):
    def fails(x):
        return x.missing

    with pytest.raises(AttributeError, match="has no attribute 'missing'") as error:
        found(pair, fails)(3)
    assert error.value.own_frames[-1].line == "return x.missing"
    with pytest.raises(ZeroDivisionError):
        found(pair, lambda f: f())(lambda: 1 / 0)
    with pytest.raises(FileNotFoundError, match="nowhere"):  # not to be mistaken for the end of the channel
        found(pair, open)("nowhere")


def test_an_error_that_would_end_the_process_is_only_an_error(pair):
    def leaves():
        raise KeyboardInterrupt

    with pytest.raises(Exception) as error:
        found(pair, leaves)()
    assert type(error.value).__name__ == "KeyboardInterrupt" and isinstance(error.value, Exception)


def test_an_argument_that_is_changed_in_place_over_there_is_changed_here(pair):
    x = torch.zeros(3)
    found(pair, lambda x: x.add_(1).sum())(x)
    assert x.tolist() == [1, 1, 1]


def test_a_side_is_only_asked_about_what_it_has_handed_out(pair):
    here, _ = pair
    with pytest.raises(WireError, match="there is no object 1000000"):
        here.there._on_call({"number": 10**6, "args": [], "kwargs": {}})


class Toy(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.5, dtype=torch.float64))
        self.calls = []

    def forward(self, x):
        self.calls.append((x.detach().clone(), self.training))
        return self.weight * x**2


def test_a_loss_over_there_has_the_gradient_of_a_network_of_here(pair):
    toy, x = Toy(), torch.tensor([1.0, 2.0], dtype=torch.float64)
    loss = found(pair, lambda net, x: (net(x + 1) - 1).square().mean())(toy, x)
    loss.backward()
    here = Toy()
    right = (here(x + 1) - 1).square().mean()
    right.backward()
    assert loss.item() == pytest.approx(right.item()) and toy.weight.grad.item() == pytest.approx(
        here.weight.grad.item()
    )
    assert torch.equal(toy.calls[0][0], x + 1) and len(toy.calls) == 1


def test_a_training_step_over_there_moves_a_network_of_here(pair):
    def step(net, optimizer, x):
        optimizer.zero_grad()
        loss = net(x).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    there, here = Toy(), Toy()
    optimizers = [torch.optim.Adam(net.parameters(), lr=0.1) for net in (there, here)]
    remote = found(pair, step)
    for number in range(5):
        x = torch.full((3,), 1.0 + number, dtype=torch.float64)
        assert remote(there, optimizers[0], x) == pytest.approx(step(here, optimizers[1], x))
    assert there.weight.item() == pytest.approx(here.weight.item())
    states = [optimizer.state_dict()["state"][0]["exp_avg"].item() for optimizer in optimizers]
    assert states[0] == pytest.approx(states[1])


def test_a_gradient_that_is_kept_over_there_is_kept_until_it_is_zeroed(pair):
    def step(net, optimizer, x):
        net(x).mean().backward()
        optimizer.step()

    net, optimizer = Toy(), None
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    remote = found(pair, step)
    x = torch.ones(2, dtype=torch.float64)
    remote(net, optimizer, x), remote(net, optimizer, x)
    assert net.weight.item() == pytest.approx(0.5 - 0.1 - 0.2)


def test_the_mode_that_is_set_over_there_is_seen_here(pair):
    def evaluate(net, x):
        net.eval()
        with torch.no_grad():
            return net(x)

    toy = Toy()
    found(pair, evaluate)(toy, torch.ones(1, dtype=torch.float64))
    assert toy.calls[0][1] is False and toy.training is False


def test_a_network_over_there_is_a_network_here(pair):
    net = found(pair, mnist.TimeConditionalUNet)(1, 8)
    assert isinstance(net, nn.Module)
    assert sum(value.numel() for value in net.parameters()) == sum(
        value.numel() for value in mnist.TimeConditionalUNet(1, 8).parameters()
    )
    x, t = torch.rand(2, 1, 28, 28), torch.rand(2)
    assert net(x, t).shape == x.shape
    net(x, t).square().mean().backward()
    assert all(value.grad is not None for value in net.parameters())


def test_weights_that_are_set_here_are_those_that_count_over_there(pair):
    net, ours = found(pair, mnist.UnconditionalUNet)(1, 8), mnist.UnconditionalUNet(1, 8)
    x = torch.rand(2, 1, 28, 28)
    copy_weights(ours, net, (x,))
    assert torch.allclose(net.eval()(x), ours.eval()(x), atol=1e-5)


def test_running_means_come_back(pair):
    net = found(pair, lambda: nn.Sequential(nn.BatchNorm2d(2)))()
    net(torch.ones(4, 2, 3, 3))
    assert net.get_submodule("0").running_mean.tolist() == pytest.approx([0.1, 0.1])


def test_a_note_wants_no_answer(pair):
    here, _ = pair

    def speaks():
        here.there.note({"text": "hello"})
        return 1

    assert found(pair, speaks)() == 1 and here.notes == [{"text": "hello"}]


def slope(function, x):
    """Return the gradient of a function's sum at x."""
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0]


def test_a_result_has_its_gradient_in_an_argument_of_here(pair):
    x = torch.tensor([1.0, 2.0])
    assert slope(found(pair, lambda x: x**3), x).tolist() == [3, 12]
    by_name = found(pair, lambda y, x: {"square": y * x[0] ** 2})
    assert slope(lambda x: by_name(2.0, x=[x])["square"], x).tolist() == [4, 8]


def test_a_gradient_runs_there_and_back_again(pair):
    remote = found(pair, lambda x, loss, net: loss(net(2 * x)) + x)
    toy, x = Toy(), torch.tensor([1.0, 2.0], dtype=torch.float64)
    answer = slope(lambda x: remote(x, lambda y: y**2, toy), x)
    assert answer.tolist() == pytest.approx(slope(lambda x: toy(2 * x) ** 2 + x, x).tolist())


def test_what_was_computed_without_gradient_has_none(pair):
    x = torch.ones(2, requires_grad=True)
    assert not found(pair, lambda x: x.detach() ** 2)(x).requires_grad
    with torch.no_grad():
        assert not found(pair, lambda x: x**2)(x).requires_grad


def test_an_output_object_keeps_its_names_and_its_gradient(pair):
    def answers(x):
        return UNet2DOutput(sample=3 * x)

    remote, x = found(pair, answers), torch.ones(2)
    answer = remote(x)
    assert answer.sample.tolist() == answer["sample"].tolist() == answer[0].tolist() == [3, 3]
    assert slope(lambda x: remote(x).sample, x).tolist() == [3, 3]
    with pytest.raises(AttributeError, match="UNet2DOutput has no 'smaple'"):
        answer.smaple  # noqa: B018


@pytest.mark.parametrize("kind", [DDIMScheduler, DDPMScheduler])
def test_a_scheduler_takes_its_steps_where_it_was_made(pair, kind):
    def sampled(scheduler, x):
        for t in scheduler.timesteps:
            x = scheduler.step(0.1 * scheduler.scale_model_input(x, t), t, x).prev_sample
        return x, scheduler.config.num_train_timesteps, scheduler.alphas_cumprod[3]

    class Seen(kind):
        def step(self, *args, **kwargs):
            seen.append(args[1])
            return super().step(*args, **kwargs)

    seen, scheduler, x = [], Seen(clip_sample=False, beta_end=0.01), torch.ones(1, 3, 2, 2)
    scheduler.set_timesteps(4)
    torch.manual_seed(0)
    answer, steps, bar = found(pair, sampled)(scheduler, x)
    assert [int(t) for t in seen] == scheduler.timesteps.tolist() and steps == 1000
    assert bar == scheduler.alphas_cumprod[3]
    torch.manual_seed(0)
    assert torch.allclose(answer, sampled(scheduler, x)[0])


def test_time_steps_that_are_set_over_there_are_set_here(pair):
    scheduler = DDIMScheduler()
    scheduler.set_timesteps(4)
    counts = found(pair, lambda scheduler: (scheduler.set_timesteps(7), len(scheduler.timesteps))[1])
    assert counts(scheduler) == 7 == len(scheduler.timesteps)


def test_a_scheduler_is_asked_for_nothing_but_its_steps(pair):
    here, _ = pair
    found(pair, lambda scheduler: None)(DDIMScheduler())
    number = next(number for number in range(1, 10) if is_scheduler(here._objects, number))
    with pytest.raises(ValueError, match="not asked for 'save_pretrained'"):
        here._on_method({"number": number, "method": "save_pretrained", "args": ["x"], "kwargs": {}, "grad": False})


def is_scheduler(objects, number):
    with contextlib.suppress(WireError):
        return objects.handed_out(number, HostedScheduler)


def test_a_generator_is_asked_for_one_thing_after_another(pair):
    made = []

    def counts(number):
        for place in range(number):
            made.append(place)
            yield place, torch.full((2,), float(place))

    answer = found(pair, counts)(3)
    assert next(answer)[0] == 0 and made == [0]
    assert [place for place, _ in answer] == [1, 2]


def test_a_generator_of_here_can_be_walked_and_ended_over_there(pair):
    ended = []

    def endless():
        try:
            while True:
                yield 1
        finally:
            ended.append(True)

    def first(make):
        walk = make()
        found = next(walk)
        walk.close()
        return found

    assert found(pair, first)(endless) == 1 and ended == [True]


def test_an_error_in_a_generator_arrives_at_its_step(pair):
    def fails():
        yield 1
        raise BadWish("too long")

    walk = found(pair, fails)()
    assert next(walk) == 1
    with pytest.raises(BadWish, match="too long"):
        next(walk)


def test_an_app_over_there_is_its_description_and_the_functions_of_its_events(pair):
    gr = pytest.importorskip("gradio", reason="Gradio is not installed")

    def build(greet):
        with gr.Blocks(analytics_enabled=False) as app:
            name, button, answer = gr.Textbox(label="Name"), gr.Button("Greet"), gr.Markdown()
            drawing = button.click(greet, [name], [answer], concurrency_limit=1)
            gr.Button("Stop").click(None, cancels=drawing)
        return app

    app = found(pair, build)(lambda name: f"Hello, {name}")
    labels = {part["props"]["label"]: part["type"] for part in app.get_config_file()["components"]}
    assert labels["Name"] == "textbox"
    event = next(event for event in app.fns.values() if event.inputs)
    assert event.fn("Ada") == "Hello, Ada" and event.concurrency_limit == 1 and len(event.outputs) == 1
    assert [event._id] in [other.cancels for other in app.fns.values()]
    assert isinstance(remade(gr.Error("no")), gr.Error)


def remade(error):
    return rebuilt(told(error))
