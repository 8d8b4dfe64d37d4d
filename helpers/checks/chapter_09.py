"""Checks of chapter 09: noise of a given size, the operations of a U-Net, the U-Net, and a training step."""

from collections.abc import Callable

import torch
from torch import nn

from helpers.checks.networks import Operation, require_operation, require_same_network
from helpers.checks.noising import Law, measure, require_gaussian, require_law
from helpers.checks.registry import check
from helpers.checks.report import Mistake, mistakes, passed
from helpers.checks.student_function import StudentFunction
from helpers.checks.training import require_optimum, require_training_step
from helpers.networks import mnist

_EQ_NOISE = "the equation of the noisy picture in this chapter"
_EQ_LOSS = "the equation of the loss in this chapter"
_TABLE = "the table of the seven operations in this chapter"
_NETWORK = "the table of the network's steps in this chapter"

STRIDE_1 = Mistake("stride_1", "the stride is 1: a stride of 2 changes the size", _TABLE)
PADDING_0 = Mistake("padding_0", "the padding is missing", _TABLE)
POOLED = Mistake("pooled", "the picture is halved by pooling: the convolution's stride is to do it", _TABLE)
UPSAMPLED = Mistake("upsampled", "the picture is enlarged first: a transposed convolution is to do it", _TABLE)
NOT_TRANSPOSED = Mistake("not_transposed", "this is a convolution that halves: take ConvTranspose2d", _TABLE)
MAXIMUM = Mistake("maximum", "the largest value is taken: the mean is asked for", _TABLE)
NO_NORM = Mistake("norm_missing", "the batch norm is missing", _TABLE)
NO_GELU = Mistake("gelu_missing", "the GELU is missing", _TABLE)
RELU = Mistake("relu", "a ReLU stands where a GELU is asked for", _TABLE)
GELU_FIRST = Mistake("gelu_first", "the GELU stands before the layer that it is to follow", _TABLE)

_NOISE_MISTAKES = mistakes(_EQ_NOISE, {
    ("sigma_squared", "the noise is multiplied by sigma squared: sigma is its standard deviation"):
        lambda sigma: (1, sigma**2),
    ("root_of_sigma", "the noise is multiplied by the root of sigma: sigma is its standard deviation"):
        lambda sigma: (1, sigma**0.5),
    ("x_scaled", "x is multiplied by 1 - sigma: here the picture keeps its size"): lambda sigma: (1 - sigma, sigma),
    ("like_x_t", "x is multiplied by sqrt(1 - sigma^2), as in x_t: here the picture keeps its size"):
        lambda sigma: (max(1 - sigma**2, 0) ** 0.5, sigma),
    ("sigma_missing", "the noise is not multiplied by sigma"): lambda sigma: (1, 1),
    ("noise_missing", "no noise is added"): lambda sigma: (1, 0),
    ("noise_alone", "the picture is missing: the noise is added to x"): lambda sigma: (0, sigma),
})  # fmt: skip


@check("add_noise")
def check_add_noise(add_noise, seed: int = 0) -> None:
    """Check `add_noise(x, sigma)` -> x + sigma * noise at five sizes of the noise. Raises CheckFailed."""
    student = StudentFunction("add_noise", add_noise)
    shape = (3 + seed % 2, 2, 36, 28)
    for number, sigma in enumerate((0.5, 0.2, 1.0, 0.8, 0.3 + 0.01 * seed)):
        found = measure(student, sigma, shape, seed + number)
        wrong = {name: Law(*rule(sigma)) for name, rule in _NOISE_MISTAKES.items()}
        require_law(student, found, sigma, Law(1, sigma), wrong, _EQ_NOISE)
    again = student.picture(torch.zeros(shape), sigma, shape=shape, seed=seed + 1000).value
    require_gaussian(student, found, again)
    passed("add_noise", "the noise is N(0, sigma^2) at five sizes, and the picture keeps its own")


@check("down_conv")
def check_down_conv(down_conv, seed: int = 0) -> None:
    """Check `down_conv(in_channels, out_channels)`: convolution of stride 2, batch norm, GELU. Raises CheckFailed."""
    channels = c_in, c_out = 3 + seed, 5
    _require(
        StudentFunction("down_conv", down_conv), channels, mnist.DownConv(*channels), (c_in, 12, 12), (c_out, 6, 6),
        {
            STRIDE_1: mnist.Conv(*channels),
            PADDING_0: nn.Sequential(nn.Conv2d(c_in, c_out, 3, 2), nn.BatchNorm2d(c_out), nn.GELU()),
            POOLED: nn.Sequential(*mnist.Conv(*channels), nn.MaxPool2d(2)),
            **_without(lambda: nn.Conv2d(c_in, c_out, 3, 2, 1), c_out),
        }, seed,
    )  # fmt: skip
    passed("down_conv", "it halves the picture, and computes what the table says")


@check("up_conv")
def check_up_conv(up_conv, seed: int = 0) -> None:
    """Check `up_conv(in_channels, out_channels)`: transposed convolution of stride 2, batch norm, GELU."""
    channels = c_in, c_out = 3 + seed, 5
    _require(
        StudentFunction("up_conv", up_conv), channels, mnist.UpConv(*channels), (c_in, 6, 6), (c_out, 12, 12),
        {
            STRIDE_1: nn.Sequential(nn.ConvTranspose2d(c_in, c_out, 4, 1, 1), nn.BatchNorm2d(c_out), nn.GELU()),
            PADDING_0: nn.Sequential(nn.ConvTranspose2d(c_in, c_out, 4, 2), nn.BatchNorm2d(c_out), nn.GELU()),
            UPSAMPLED: nn.Sequential(nn.Upsample(scale_factor=2), *mnist.Conv(*channels)),
            NOT_TRANSPOSED: mnist.DownConv(*channels),
            **_without(lambda: nn.ConvTranspose2d(c_in, c_out, 4, 2, 1), c_out),
        }, seed,
    )  # fmt: skip
    passed("up_conv", "it doubles the picture, and computes what the table says")


@check("flatten")
def check_flatten(flatten, seed: int = 0) -> None:
    """Check `flatten()`: mean over 7 x 7, GELU. Raises CheckFailed."""
    channels = 3 + seed
    _require(
        StudentFunction("flatten", flatten), (), mnist.Flatten(), (channels, 7, 7), (channels, 1, 1),
        {
            NO_GELU: nn.AvgPool2d(7),
            RELU: nn.Sequential(nn.AvgPool2d(7), nn.ReLU()),
            MAXIMUM: nn.Sequential(nn.MaxPool2d(7), nn.GELU()),
            GELU_FIRST: nn.Sequential(nn.GELU(), nn.AvgPool2d(7)),
        }, seed,
    )  # fmt: skip
    passed("flatten", "it goes to one pixel, and computes what the table says")


@check("unflatten")
def check_unflatten(unflatten, seed: int = 0) -> None:
    """Check `unflatten(in_channels)`: transposed convolution from 1 x 1 to 7 x 7, batch norm, GELU."""
    channels = 3 + seed
    _require(
        StudentFunction("unflatten", unflatten), (channels,), mnist.Unflatten(channels),
        (channels, 1, 1), (channels, 7, 7),
        {
            UPSAMPLED: nn.Sequential(nn.Upsample(scale_factor=7), *mnist.Conv(channels, channels)),
            **_without(lambda: nn.ConvTranspose2d(channels, channels, 7, 7), channels),
        }, seed,
    )  # fmt: skip
    passed("unflatten", "it goes back to 7 x 7, and computes what the table says")


def _require(
    student: StudentFunction, arguments, right: nn.Module, given, wanted, wrong: dict[Mistake, nn.Module], seed: int
) -> None:
    require_operation(student, Operation(arguments, right, wrong, (2, *given), (2, *wanted), _TABLE), seed)


def _without(convolution: Callable[[], nn.Module], channels: int) -> dict[Mistake, nn.Module]:
    """Return an operation with a layer missing or in another place, by the mistake."""
    norm, gelu = nn.BatchNorm2d(channels), nn.GELU()
    return {
        NO_NORM: nn.Sequential(convolution(), gelu),
        NO_GELU: nn.Sequential(convolution(), norm),
        RELU: nn.Sequential(convolution(), norm, nn.ReLU()),
        GELU_FIRST: nn.Sequential(convolution(), gelu, norm),
    }


class _Rewired(mnist.UnconditionalUNet):
    """The network with one connection made another way."""

    def __init__(self, width: int, wiring: Callable):
        super().__init__(1, width)
        self.wiring = wiring

    def forward(self, x):
        return self.wiring(self, x)


def _rewired(
    unflat=lambda net, at_7: net.unflatten(net.flatten(at_7)), at_7=lambda a, skip: (a, skip),
    at_14=lambda a, skip: (a, skip), at_28=lambda a, skip: (a, skip), out=lambda answer, x: answer, blocks=2,
) -> Callable:  # fmt: skip
    def wiring(net, x):
        first = net.first(x)
        down1 = net.down1(first)
        down2 = net.down2(down1)
        up = net.up1(torch.cat(at_7(unflat(net, down2), down2), dim=1))
        up = net.up2(torch.cat(at_14(up, down1), dim=1))
        return out(net.last[:blocks](torch.cat(at_28(up, first), dim=1)), x)

    return wiring


_WIRINGS = mistakes(_NETWORK, {
    ("skip_7_missing", "down2's output is not joined before up1"): _rewired(at_7=lambda a, _: (a, a)),
    ("skip_14_missing", "down1's output is not joined before up2"): _rewired(at_14=lambda a, _: (a, a)),
    ("skip_28_missing", "first's output is not joined before the last block"): _rewired(at_28=lambda a, _: (a, a)),
    ("skip_7_twice", "the squeezed picture is not joined before up1"): _rewired(at_7=lambda _, skip: (skip, skip)),
    ("skip_14_twice", "up1's output is not joined before up2"): _rewired(at_14=lambda _, skip: (skip, skip)),
    ("skip_28_twice", "up2's output is not joined before the last block"):
        _rewired(at_28=lambda _, skip: (skip, skip)),
    ("not_squeezed", "the picture is not squeezed to one pixel and back"): _rewired(unflat=lambda net, at_7: at_7),
    ("out_missing", "the last convolution is missing"): _rewired(blocks=1),
    ("added_to_input", "the picture is added to the answer: the network returns the digit itself"):
        _rewired(out=lambda answer, x: answer + x),
    ("sigmoid_at_the_end", "a sigmoid stands behind the last convolution"):
        _rewired(out=lambda answer, x: answer.sigmoid()),
    ("gelu_at_the_end", "a GELU stands behind the last convolution: nothing below 0 can be drawn"):
        _rewired(out=lambda answer, x: nn.functional.gelu(answer)),
})  # fmt: skip


@check("UnconditionalUNet")
def check_UnconditionalUNet(UnconditionalUNet, seed: int = 0) -> None:  # noqa: N802, N803, the student's class
    """Check `UnconditionalUNet(in_channels, num_hiddens)`: number of parameters, gradients, and its wiring.

    With the weights of our own network it must compute the same; the two halves of a join may stand either way.

    Raises CheckFailed with the mistake that fits.
    """
    student = StudentFunction("UnconditionalUNet", UnconditionalUNet)
    width = (16, 8, 24, 12, 20)[seed % 5]
    pictures = torch.rand((2, 1, 28, 28), generator=torch.Generator().manual_seed(seed))
    wrong = {name: _Rewired(width, wiring) for name, wiring in _WIRINGS.items()}
    module = student.module(1, width)
    require_same_network(student, module, mnist.UnconditionalUNet(1, width), wrong, (pictures,), _NETWORK)
    passed("UnconditionalUNet", "its size, its wiring and its gradients are right")


@check("train_step")
def check_train_step(train_step, seed: int = 0) -> None:
    """Check `train_step(unet, optimizer, x, sigma)` step by step, and that it learns what can be known.

    On Gaussian numbers the best denoiser is a factor, the Wiener filter s^2 / (s^2 + sigma^2), and training gets there.
    """
    student = StudentFunction("train_step", train_step, closed=("gradient_step",))
    require_training_step(student, seed, _EQ_LOSS)
    require_optimum(student, seed, _EQ_LOSS)
    passed("train_step", "the loss, the gradient and the step are right, and a toy network learns the best answer")
