"""The U-Net of chapter 12: pictures of any size that divides by 2 at every level, with the time and with attention.

The network is that of "The Annotated Diffusion Model" (Rogge and Rasul 2022), which puts together, from the outside in:

    a U                     a way down, a way up, and skip connections between them   Ronneberger et al. 2015
    the time, as waves      `TimeEmbedding`                                           Vaswani et al. 2017, section 3.5
    blocks with a shortcut  `ResnetBlock`                                             He et al. 2016
    scaled and shifted      the time, inside each block                               Perez et al. 2018 (FiLM)
    standardized weights    `StandardizedConv2d`, before group norm                   Qiao et al. 2019; Wu and He 2018
    looking around          `Attention` in the middle, `LinearAttention` elsewhere    Vaswani 2017; Shen et al. 2021
    smaller without loss    `Downsample`, by pixel-unshuffle                          Shi et al. 2016

`Unet(16, (1, 2, 4, 8), 3)` has 2,430,595 parameters and, for pictures of 32 x 32, these feature maps:

    (3, 32, 32) -> 16 at 32 -> 16 at 32 -> 32 at 16 -> 64 at 8 -> 128 at 4   the way down: two skip connections a level
                                                          128 at 4           the middle, with full attention
    (3, 32, 32) <- 16 at 32 <- 16 at 32 <- 32 at 16 <- 64 at 8 <-'           the way up, which reads them
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GROUPS = 4  # of channels, in group norm
HEADS, HEAD_CHANNELS = 4, 32  # of attention
SLOWEST = 10_000  # time steps, over 2 pi: the longest wave of the time embedding


class TimeEmbedding(nn.Module):
    """Time steps as waves: (B,) -> (B, channels). Half are sines and half cosines, from fast to slow.

    Nearby time steps get nearby vectors, and no two the same (Vaswani et al. 2017, section 3.5).
    """

    def __init__(self, channels: int):
        super().__init__()
        self.frequencies = channels // 2

    def forward(self, t: Tensor) -> Tensor:
        steps = torch.arange(self.frequencies, device=t.device) / (self.frequencies - 1)
        angles = t[:, None].float() * SLOWEST**-steps
        return torch.cat([angles.sin(), angles.cos()], dim=1)


class StandardizedConv2d(nn.Conv2d):
    """A convolution whose filters have mean 0 and variance 1 before they are used (Qiao et al. 2019, eq. 1).

    Group norm divides by the spread of its input anyway; this keeps training smooth where batches are small.
    """

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(self.weight, dim=(1, 2, 3), keepdim=True, correction=0)
        weight = (self.weight - mean) * (variance + 1e-5).rsqrt()
        return F.conv2d(x, weight, self.bias, self.stride, self.padding)


class Block(nn.Module):
    """3 x 3 convolution, group norm, SiLU: (B, C, H, W) -> (B, out, H, W)."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.conv = StandardizedConv2d(in_channels, out_channels, 3, padding=1)
        self.norm = nn.GroupNorm(GROUPS, out_channels)

    def forward(self, x: Tensor, scale_and_shift: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """Return the feature maps; scale and shift, (B, out, 1, 1), say the time (Perez et al. 2018, eq. 2)."""
        x = self.norm(self.conv(x))
        if scale_and_shift is not None:
            scale, shift = scale_and_shift
            x = x * (1 + scale) + shift
        return F.silu(x)


class ResnetBlock(nn.Module):
    """Two Blocks beside a shortcut, the first of which is told the time (He et al. 2016, figure 2)."""

    def __init__(self, in_channels: int, out_channels: int, time_channels: int):
        super().__init__()
        self.time = nn.Sequential(nn.SiLU(), nn.Linear(time_channels, 2 * out_channels))
        self.block1 = Block(in_channels, out_channels)
        self.block2 = Block(out_channels, out_channels)
        same = in_channels == out_channels
        self.shortcut = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """Return (B, out, H, W) for x (B, C, H, W) and the embedded time (B, time_channels)."""
        scale, shift = self.time(time)[:, :, None, None].chunk(2, dim=1)
        return self.block2(self.block1(x, (scale, shift))) + self.shortcut(x)


class Attention(nn.Module):
    """Every pixel looks at every other one: (B, C, H, W) -> (B, C, H, W) (Vaswani et al. 2017, eq. 1).

    The table of who looks at whom has N^2 entries for N = H W pixels, so this is for small feature maps.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.to_qkv = nn.Conv2d(channels, 3 * HEADS * HEAD_CHANNELS, 1, bias=False)
        self.to_out = nn.Conv2d(HEADS * HEAD_CHANNELS, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.to_qkv(x).flatten(2).unflatten(1, (3, HEADS, HEAD_CHANNELS)).unbind(1)  # (B, heads, channels, N)
        weights = (q.transpose(2, 3) @ k / math.sqrt(HEAD_CHANNELS)).softmax(dim=3)  # (B, heads, N, N)
        values = v @ weights.transpose(2, 3)
        return self.to_out(values.flatten(1, 2).unflatten(2, x.shape[2:]))


class LinearAttention(nn.Module):
    """Attention whose cost grows with the number of pixels, not its square (Shen et al. 2021, section 3.2).

    (q k^T) v is computed as q (k^T v): all pixels are summed up in one small table, which each pixel then reads. The
    1 x 1 convolutions that make values and output are products as well. They are taken into the table, which is small,
    so that values never exist for every pixel.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.to_qkv = nn.Conv2d(channels, 3 * HEADS * HEAD_CHANNELS, 1, bias=False)
        self.to_out = nn.Sequential(nn.Conv2d(HEADS * HEAD_CHANNELS, channels, 1), nn.GroupNorm(1, channels))

    def forward(self, x: Tensor) -> Tensor:
        to_q, to_k, to_v = self.to_qkv.weight.chunk(3)
        project, norm = self.to_out
        weight, bias = project.get_parameter("weight"), project.get_parameter("bias")
        heads = (HEADS, HEAD_CHANNELS)
        q = F.conv2d(x, to_q).unflatten(1, heads).softmax(dim=2).flatten(1, 2).flatten(2)  # (B, heads * channels, N)
        k = F.conv2d(x, to_k).flatten(2).softmax(dim=2)  # the same shape; weights of a mean over the N pixels
        means = (x.flatten(2) @ k.transpose(1, 2)).unflatten(2, heads)  # (B, C, heads, channels)
        to_v, out = to_v.flatten(1).unflatten(0, heads), weight.flatten(1).unflatten(1, heads)
        table = torch.einsum("ohd,hdc,bchk->bohk", out, to_v, means).flatten(2) / math.sqrt(HEAD_CHANNELS)
        return norm((table @ q).unflatten(2, x.shape[2:]) + bias[:, None, None])


class Residual(nn.Module):
    """x + f(norm(x)): a module f that only adds to what is there."""

    def __init__(self, channels: int, function: nn.Module):
        super().__init__()
        self.norm, self.function = nn.GroupNorm(1, channels), function

    def forward(self, x: Tensor) -> Tensor:
        return x + self.function(self.norm(x))


class Downsample(nn.Sequential):
    """Half as large: 2 x 2 pixels become 4 channels, so that nothing is lost before the 1 x 1 convolution chooses.

    Pixel-unshuffle, the inverse of Shi et al. 2016: (B, C, H, W) -> (B, out, H/2, W/2).
    """

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(nn.PixelUnshuffle(2), nn.Conv2d(4 * in_channels, out_channels, 1))


class Upsample(nn.Sequential):
    """Twice as large: every pixel is repeated, then a 3 x 3 convolution (B, C, H, W) -> (B, out, 2H, 2W)."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(nn.Upsample(scale_factor=2), nn.Conv2d(in_channels, out_channels, 3, padding=1))


class Level(nn.Module):
    """Two ResnetBlocks, linear attention, and a change of size: what a step of the way down and one up are made of."""

    def __init__(self, in_channels: int, skip_channels: int, channels: int, time_channels: int, resize: nn.Module):
        super().__init__()
        joined = in_channels + skip_channels
        self.block1 = ResnetBlock(joined, channels, time_channels)
        self.block2 = ResnetBlock(channels + skip_channels, channels, time_channels)
        self.attention = Residual(channels, LinearAttention(channels))
        self.resize = resize


class LevelDown(Level):
    """One step of the way down."""

    def forward(self, x: Tensor, time: Tensor, skips: list[Tensor]) -> Tensor:
        """Go down a level, and leave the result of each block in `skips`."""
        x = self.block1(x, time)
        skips.append(x)
        x = self.attention(self.block2(x, time))
        skips.append(x)
        return self.resize(x)


class LevelUp(Level):
    """One step of the way up."""

    def forward(self, x: Tensor, time: Tensor, skips: list[Tensor]) -> Tensor:
        """Go up a level, and join the last two of `skips`."""
        x = self.block1(torch.cat([x, skips.pop()], dim=1), time)
        x = self.block2(torch.cat([x, skips.pop()], dim=1), time)
        return self.resize(self.attention(x))


class Unet(nn.Module):
    """A network that predicts the noise in pictures at given time steps.

    dim        channels at full size
    dim_mults  what they are multiplied by at each level; pictures are halved between levels, so their sides have to
               divide by 2 ** (levels - 1)
    channels   of the pictures, 3 for colour
    """

    def __init__(self, dim: int = 16, dim_mults: Sequence[int] = (1, 2, 4, 8), channels: int = 3):
        super().__init__()
        sizes = [dim, *(dim * mult for mult in dim_mults)]
        self.settings = {"dim": dim, "dim_mults": tuple(dim_mults), "channels": channels}
        self.divides_by = 2 ** (len(dim_mults) - 1)
        time_channels = 4 * dim
        self.time = nn.Sequential(
            TimeEmbedding(dim), nn.Linear(dim, time_channels), nn.GELU(), nn.Linear(time_channels, time_channels)
        )
        self.first = nn.Conv2d(channels, dim, 1)
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        steps = list(zip(sizes[:-1], sizes[1:], strict=True))
        for place, (here, deeper) in enumerate(steps):
            deepest = place == len(steps) - 1
            smaller = nn.Conv2d(here, deeper, 3, padding=1) if deepest else Downsample(here, deeper)
            self.downs.append(LevelDown(here, 0, here, time_channels, smaller))
        self.middle1 = ResnetBlock(sizes[-1], sizes[-1], time_channels)
        self.middle_attention = Residual(sizes[-1], Attention(sizes[-1]))
        self.middle2 = ResnetBlock(sizes[-1], sizes[-1], time_channels)
        for place, (here, deeper) in reversed(list(enumerate(steps))):
            larger = nn.Conv2d(deeper, here, 3, padding=1) if place == 0 else Upsample(deeper, here)
            self.ups.append(LevelUp(deeper, here, deeper, time_channels, larger))
        self.last = ResnetBlock(2 * dim, dim, time_channels)
        self.out = nn.Conv2d(dim, channels, 1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the noise in pictures x (B, channels, H, W) at time steps t (B,), whole numbers.

        Raises ValueError for a size that cannot be halved often enough, or another number of times than pictures.
        """
        if x.shape[-1] % self.divides_by or x.shape[-2] % self.divides_by:
            raise ValueError(
                f"The pictures are {x.shape[-2]} x {x.shape[-1]}; this network halves them, so their sides have to "
                f"divide by {self.divides_by}. Resize them first."
            )
        if t.shape != x.shape[:1]:
            raise ValueError(
                f"t has shape {tuple(t.shape)}; expected one time step for each of the {len(x)} pictures: "
                "torch.full((len(x),), t)."
            )
        time = self.time(t)
        x = start = self.first(x)
        skips: list[Tensor] = []
        for level in self.downs:
            x = level(x, time, skips)
        x = self.middle2(self.middle_attention(self.middle1(x, time)), time)
        for level in self.ups:
            x = level(x, time, skips)
        return self.out(self.last(torch.cat([x, start], dim=1), time))
