"""Two sides that call each other's functions and networks: as if there were no wall between them."""

import contextlib
import socket
import threading

import pytest
import torch
from torch import nn

from helpers.networks import mnist
from helpers.networks.transfer import copy_weights
from instructor.grading.split.channel import Channel, WireError
from instructor.grading.split.peer import Peer


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
