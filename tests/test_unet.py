"""The U-Net of chapter 12: its published size, its parts against their definitions, what it refuses."""

import math

import pytest
import torch
from torch import nn

from helpers.networks.unet import (
    HEAD_CHANNELS,
    HEADS,
    Attention,
    Downsample,
    LinearAttention,
    StandardizedConv2d,
    TimeEmbedding,
    Unet,
)


def test_it_has_the_published_number_of_parameters():
    assert sum(each.numel() for each in Unet(16, (1, 2, 4, 8), 3).parameters()) == 2_430_595


@pytest.mark.parametrize("shape", [(2, 3, 32, 32), (1, 3, 24, 40), (1, 3, 8, 8)])
def test_any_size_that_divides_by_8_comes_back(shape):
    assert Unet()(torch.randn(shape), torch.zeros(shape[0]).long()).shape == shape


def test_other_sizes_and_times_are_refused():
    with pytest.raises(ValueError, match="have to divide by 8"):
        Unet()(torch.zeros(1, 3, 28, 28), torch.zeros(1))
    with pytest.raises(ValueError, match="one time step for each of the 2 pictures"):
        Unet()(torch.zeros(2, 3, 32, 32), torch.zeros(1))


def test_a_gradient_reaches_every_weight():
    network = Unet(8, (1, 2), 1)
    network(torch.randn(2, 1, 8, 8), torch.tensor([3, 150])).square().mean().backward()
    assert all(each.grad is not None and each.grad.abs().max() > 0 for each in network.parameters())


def test_the_time_changes_the_answer_of_its_own_picture_alone():
    network, x = Unet(8, (1, 2), 1).eval(), torch.randn(2, 1, 8, 8)
    one, other = (network(x, torch.tensor([5, t])) for t in (5, 90))
    assert torch.allclose(one[0], other[0], atol=1e-5) and not torch.allclose(one[1], other[1], atol=1e-3)


def test_the_time_embedding_is_sines_and_cosines_from_fast_to_slow():
    embedded = TimeEmbedding(8)(torch.tensor([0, 7]))
    speeds = [10_000 ** -(place / 3) for place in range(4)]
    assert embedded[0].tolist() == [0] * 4 + [1] * 4
    wanted = [math.sin(7 * speed) for speed in speeds] + [math.cos(7 * speed) for speed in speeds]
    assert embedded[1].tolist() == pytest.approx(wanted, abs=1e-6)


def test_standardized_weights_do_not_notice_scale_and_shift():
    conv, x = StandardizedConv2d(3, 4, 3, padding=1), torch.randn(1, 3, 6, 6)
    before = conv(x)
    with torch.no_grad():
        conv.weight.mul_(5).add_(2)
    assert torch.allclose(conv(x), before, rtol=1e-2, atol=1e-2)


def heads_of(module: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return queries, keys and values of each head, (heads, pixels, channels)."""
    parts = module.to_qkv(x)[0].chunk(3)
    return tuple(part.reshape(HEADS, HEAD_CHANNELS, -1).transpose(1, 2) for part in parts)


def test_attention_is_the_softmax_of_products():
    module, x = Attention(6), torch.randn(1, 6, 4, 5)
    q, k, v = heads_of(module, x)
    looked = nn.functional.scaled_dot_product_attention(q, k, v)
    wanted = module.to_out(looked.transpose(1, 2).reshape(1, -1, 4, 5))
    assert torch.allclose(module(x), wanted, atol=1e-5)


def test_linear_attention_is_the_product_taken_in_the_other_order():
    module, x = LinearAttention(6), torch.randn(1, 6, 4, 5)
    q, k, v = heads_of(module, x)
    q, k = q.softmax(dim=2) / HEAD_CHANNELS**0.5, k.softmax(dim=1)
    table = torch.stack([q[head] @ k[head].T for head in range(HEADS)])  # (heads, pixels, pixels), the long way round
    wanted = module.to_out((table @ v).transpose(1, 2).reshape(1, -1, 4, 5))
    assert torch.allclose(module(x), wanted, atol=1e-5)


def test_downsampling_loses_nothing_before_its_convolution():
    x = torch.randn(1, 2, 6, 8)
    unshuffled = Downsample(2, 5)[0](x)
    assert unshuffled.shape == (1, 8, 3, 4)
    assert sorted(unshuffled.flatten().tolist()) == sorted(x.flatten().tolist())
