"""The digit U-Nets: their sizes, weights carried over by the order of calls, shipped weights, the training loop."""

import pytest
import torch
from torch import nn

from helpers import fitting
from helpers.checks import check_train_step
from helpers.checks.report import CheckFailed
from helpers.data import Digits, load_mnist
from helpers.fitting import fit, gradient_step
from helpers.metrics import load_digit_judge
from helpers.networks import load_shipped, mnist
from helpers.networks.mnist import JOINED, ClassConditionalUNet, TimeConditionalUNet, UnconditionalUNet
from helpers.networks.shipped import load_shipped_into
from helpers.networks.transfer import OtherArchitecture, copy_weights

CALLED_WITH = (torch.rand(2, 1, 28, 28), torch.eye(10)[[1, 4]], torch.tensor([0.1, 0.8]))
COUNTS = {
    (UnconditionalUNet, 64): 1_975_361, (UnconditionalUNet, 128): 7_891_073,
    (TimeConditionalUNet, 64): 1_996_417, (TimeConditionalUNet, 128): 7_974_145,
    (ClassConditionalUNet, 64): 2_019_201, (ClassConditionalUNet, 128): 8_060_673,
}  # fmt: skip


@pytest.mark.parametrize(("network", "width"), COUNTS)
def test_the_networks_have_the_published_sizes(network, width):
    assert sum(each.numel() for each in network(1, width).parameters()) == COUNTS[network, width]


def test_another_picture_size_is_refused():
    with pytest.raises(ValueError, match="28 x 28"):
        UnconditionalUNet(1, 8)(torch.zeros(1, 1, 32, 32))


class SkipsFirst(ClassConditionalUNet):
    """The same network with other names, another order of definition, and the skip connections in front."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.inner = nn.ModuleDict(dict(reversed(list(self._modules.items()))))
        for name in list(self.inner):
            delattr(self, name)

    def _run(self, x, after_unflatten, after_up1):
        net = self.inner
        at_28 = net["first"](x)
        at_14 = net["down1"](at_28)
        at_7 = net["down2"](at_14)
        up = after_up1(net["up1"](torch.cat([at_7, after_unflatten(net["unflatten"](net["flatten"](at_7)))], 1)))
        up = net["up2"](torch.cat([up, at_14], dim=1))
        return net["last"](torch.cat([at_28, up], dim=1))

    def __getattr__(self, name):
        return self.inner[name] if name in ("t1", "t2", "c1", "c2") else super().__getattr__(name)


def test_weights_are_carried_over_by_the_order_of_calls():
    source, target = ClassConditionalUNet(1, 8), SkipsFirst(1, 8)
    copy_weights(source, target, CALLED_WITH, JOINED)
    assert torch.allclose(source.eval()(*CALLED_WITH), target.eval()(*CALLED_WITH), atol=1e-5)
    assert not source.training and not target.training


def test_another_architecture_is_refused_and_named():
    other = ClassConditionalUNet(1, 16)
    with pytest.raises(OtherArchitecture, match=r"layer 1 in the order of the calls is Conv2d\(1, 16"):
        copy_weights(ClassConditionalUNet(1, 8), other, CALLED_WITH, JOINED)


def test_one_class_and_the_same_weights_are_not_yet_the_same_network():
    """`nn.Sequential` is the class of many; an activation or a stride has no weights and shows in the answer alone."""
    x = torch.randn((2, 3, 8, 8), generator=torch.Generator().manual_seed(0))
    with pytest.raises(OtherArchitecture, match="same layers, but with the same weights its answer differs"):
        copy_weights(*(nn.Sequential(nn.Conv2d(3, 4, 3), last) for last in (nn.GELU(), nn.ReLU())), [x])
    with pytest.raises(OtherArchitecture, match=r"its answer has shape \(2, 4, 3, 3\)"):
        copy_weights(*(nn.Sequential(nn.Conv2d(3, 4, 3, stride=stride)) for stride in (1, 2)), [x])


def test_carrying_over_leaves_modes_and_running_means_of_the_source_alone():
    source, target = UnconditionalUNet(1, 8), UnconditionalUNet(1, 8)
    before = {name: value.clone() for name, value in source.state_dict().items()}
    copy_weights(source, target, CALLED_WITH[:1], JOINED)
    assert source.training and target.training
    assert all(torch.equal(value, before[name]) for name, value in source.state_dict().items())


# The loop around a training step


@pytest.fixture
def digits():
    source = torch.Generator().manual_seed(0)
    return Digits(torch.rand((40, 1, 28, 28), generator=source), torch.arange(40) % 10)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("COURSE_PROFILE", "colab")
    return tmp_path / "runs"


def training(digits, epochs, broken_at=None):
    """Train a small network on tiny data, in three batches an epoch; return run and network."""
    torch.manual_seed(0)
    network = mnist.ConvBlock(1, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    seen = []

    def step(x, labels):
        if len(seen) == broken_at:
            raise KeyboardInterrupt
        seen.append(labels.tolist())
        loss = (network(x) - x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    run = fit("tiny", network, step, optimizer, digits, batch_size=4, epochs=epochs, scheduler=scheduler)
    return run, network, optimizer, seen


def test_a_run_sees_every_picture_once_an_epoch_and_keeps_its_losses(digits, runs):
    run, _, optimizer, seen = training(digits, 2)
    assert len(seen) == 20 and sorted(sum(seen[:10], [])) == sorted(digits.labels.tolist())
    assert len(run.losses) == 2 and run.steps == [10, 20] and 0 < run.last_loss < 5
    assert optimizer.param_groups[0]["lr"] == pytest.approx(1e-2 / 4) and (runs / "tiny.pt").is_file()


def test_a_run_that_was_cut_off_goes_on_as_if_it_had_not_been(digits, runs, capsys):
    whole, network, _, _ = training(digits, 3)
    (runs / "tiny.pt").unlink()
    with pytest.raises(KeyboardInterrupt):
        training(digits, 3, broken_at=25)
    run, again, _, seen = training(digits, 3)
    assert "Going on after epoch 2 of 3" in capsys.readouterr().out and len(seen) == 10
    assert run.losses == pytest.approx(whole.losses, rel=1e-3)
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-4)


def test_fewer_pictures_than_a_batch_are_refused(digits, runs):
    with pytest.raises(ValueError, match="40 pictures; a batch takes 64"):
        fit("tiny", nn.Conv2d(1, 1, 1), lambda x, labels: 0.0, None, digits, batch_size=64, epochs=1)


def test_nothing_is_written_to_stderr(digits, runs, capfd):
    training(digits, 1)
    assert capfd.readouterr().err == ""


def test_the_pocket_profile_goes_on_from_shipped_weights_for_a_few_steps(digits, runs, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "pocket")
    network, seen = UnconditionalUNet(1, 64), []

    def step(x, labels):
        assert network.training
        seen.append(labels)
        return (network(x[:1]) - x[:1]).square().mean().item()

    run = fit("one_step", network, step, None, digits, batch_size=16, epochs=5)
    assert len(seen) == fitting.POCKET_STEPS and f"{len(seen)} steps here" in capsys.readouterr().out
    assert len(run.losses) == len(fitting.shipped_losses("one_step")) + fitting.POCKET_STEPS // fitting.EACH
    shipped = load_shipped("one_step").state_dict()
    assert all(torch.equal(value.float(), shipped[name].float()) for name, value in network.named_parameters())


def test_the_steps_of_the_pocket_profile_have_the_learning_rate_with_which_the_training_ended(digits, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "pocket")
    network, rates = UnconditionalUNet(1, 64), set()
    optimizer = torch.optim.Adam(network.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

    def step(x, labels):
        rates.add(optimizer.param_groups[0]["lr"])
        return 0.0

    fit("one_step", network, step, optimizer, digits, batch_size=16, epochs=5, scheduler=scheduler)
    assert rates == {0.5**5}


def test_weights_that_are_not_shipped_are_an_error_that_names_the_epochs():
    with pytest.raises(ValueError, match=r"after epoch 3; there are epochs \[1, 5\]"):
        load_shipped("one_step", epoch=3)


def test_shipped_weights_refuse_another_width():
    with pytest.raises(OtherArchitecture, match="shipped weights of 'one_step' do not fit"):
        load_shipped_into(UnconditionalUNet(1, 32), "one_step")


def test_the_judge_reads_digits_and_says_how_many():
    judge, test = load_digit_judge(), load_mnist("test")
    assert judge.accuracy(test.images[:300], test.labels[:300]) > 0.9  # also the digits that stand in
    assert judge.accuracy(test.images[:300], (test.labels[:300] + 1) % 10) < 0.1
    assert judge.features(test.images[:2]).shape == (2, 128)


def test_a_gradient_step_goes_down_the_loss_and_forgets_older_gradients():
    weight = torch.nn.Parameter(torch.tensor(2.0))
    optimizer, weight.grad = torch.optim.SGD([weight], lr=0.1), torch.tensor(100.0)
    assert gradient_step(weight**2, optimizer) == 4 and weight.item() == pytest.approx(1.6)


def test_the_finished_step_is_closed_while_the_exercise_is_checked():
    def train_step(unet, optimizer, x, sigma):
        return gradient_step(((unet(x + sigma * torch.randn_like(x)) - x) ** 2).mean(), optimizer)

    with pytest.raises(CheckFailed, match="is closed while your own is checked"):
        check_train_step(train_step)
