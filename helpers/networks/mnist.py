"""The U-Nets of chapters 9 to 11 in their finished form: for 28 x 28 digits, alone, with time, with time and class.

The architecture is that of CS180, project 5, part B (Berkeley, fall 2024), after Ronneberger et al. 2015
(arXiv:1505.04597). D is the width, `num_hiddens`:

    (1, 28, 28)  ConvBlock -> D                                                   cat 2D  ConvBlock -> D, Conv2d -> 1
                     DownBlock -> (D, 14, 14)                     cat 2D  UpBlock -> (D, 28, 28)
                         DownBlock -> (2D, 7, 7)  cat 4D  UpBlock -> (D, 14, 14)
                             Flatten -> (2D, 1, 1)  Unflatten -> (2D, 7, 7)

Time and class enter behind Unflatten and behind the first UpBlock, by way of small fully connected blocks.
"""

import torch
from torch import Tensor, nn

CLASSES = 10
JOINED = (9, 12, 15)  # the convolutions that read a skip connection, counted in the order of their calls


class Conv(nn.Sequential):
    """3 x 3 convolution, batch norm, GELU: (B, C, H, W) -> (B, out, H, W). Taught in chapter 09."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(nn.Conv2d(in_channels, out_channels, 3, 1, 1), nn.BatchNorm2d(out_channels), nn.GELU())


class DownConv(nn.Sequential):
    """3 x 3 convolution of stride 2, batch norm, GELU: (B, C, H, W) -> (B, out, H/2, W/2). Taught in chapter 09."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(nn.Conv2d(in_channels, out_channels, 3, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU())


class UpConv(nn.Sequential):
    """4 x 4 transposed convolution of stride 2, batch norm, GELU: H and W double. Taught in chapter 09."""

    def __init__(self, in_channels: int, out_channels: int):
        up = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)
        super().__init__(up, nn.BatchNorm2d(out_channels), nn.GELU())


class Flatten(nn.Sequential):
    """Average over 7 x 7, GELU: (B, C, 7, 7) -> (B, C, 1, 1). Taught in chapter 09."""

    def __init__(self):
        super().__init__(nn.AvgPool2d(7), nn.GELU())


class Unflatten(nn.Sequential):
    """7 x 7 transposed convolution, batch norm, GELU: (B, C, 1, 1) -> (B, C, 7, 7). Taught in chapter 09."""

    def __init__(self, in_channels: int):
        super().__init__(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU())


class ConvBlock(nn.Sequential):
    """Two Convs. Taught in chapter 09."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(Conv(in_channels, out_channels), Conv(out_channels, out_channels))


class DownBlock(nn.Sequential):
    """DownConv and ConvBlock. Taught in chapter 09."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(DownConv(in_channels, out_channels), ConvBlock(out_channels, out_channels))


class UpBlock(nn.Sequential):
    """UpConv and ConvBlock. Taught in chapter 09."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__(UpConv(in_channels, out_channels), ConvBlock(out_channels, out_channels))


class FCBlock(nn.Sequential):
    """Linear, GELU, Linear: (B, in) -> (B, out). Taught in chapter 10."""

    def __init__(self, in_features: int, out_features: int):
        super().__init__(nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features))


class UnconditionalUNet(nn.Module):
    """The one-step denoiser. Taught in chapter 09.

    in_channels  1 for grey pictures
    num_hiddens  width D: 1,975,361 parameters at D = 64, 7,891,073 at D = 128
    """

    def __init__(self, in_channels: int = 1, num_hiddens: int = 64):
        super().__init__()
        wide = num_hiddens
        self.num_hiddens = num_hiddens
        self.first = ConvBlock(in_channels, wide)
        self.down1 = DownBlock(wide, wide)
        self.down2 = DownBlock(wide, 2 * wide)
        self.flatten = Flatten()
        self.unflatten = Unflatten(2 * wide)
        self.up1 = UpBlock(4 * wide, wide)
        self.up2 = UpBlock(2 * wide, wide)
        self.last = nn.Sequential(ConvBlock(2 * wide, wide), nn.Conv2d(wide, in_channels, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, in_channels, 28, 28) for pictures x of that shape. Raises ValueError for another size."""
        return self._run(x, lambda unflat: unflat, lambda up: up)

    def _run(self, x: Tensor, after_unflatten, after_up1) -> Tensor:
        if x.shape[-2:] != (28, 28):
            raise ValueError(f"This network takes pictures of 28 x 28 pixels, got {tuple(x.shape)}. Resize them first.")
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        unflat = after_unflatten(self.unflatten(self.flatten(at_7)))
        up = after_up1(self.up1(torch.cat([unflat, at_7], dim=1)))
        up = self.up2(torch.cat([up, at_14], dim=1))
        return self.last(torch.cat([up, at_28], dim=1))


class TimeConditionalUNet(UnconditionalUNet):
    """The same network, told how noisy its input is. Taught in chapter 10.

    1,996,417 parameters at D = 64, 7,974,145 at D = 128. The time of a picture is added after Unflatten and after the
    first UpBlock.
    """

    def __init__(self, in_channels: int = 1, num_hiddens: int = 64):
        super().__init__(in_channels, num_hiddens)
        self.t1 = FCBlock(1, 2 * num_hiddens)
        self.t2 = FCBlock(1, num_hiddens)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the noise in x (B, 1, 28, 28) at normalised times t (B,) or (B, 1) in [0, 1]."""
        t = t.reshape(-1, 1)
        return self._run(x, lambda unflat: unflat + _maps(self.t1(t)), lambda up: up + _maps(self.t2(t)))


class ClassConditionalUNet(TimeConditionalUNet):
    """The same network, told the time and the class. Taught in chapter 11.

    2,019,201 parameters at D = 64, 8,060,673 at D = 128. The class scales, the time is added.
    """

    def __init__(self, in_channels: int = 1, num_hiddens: int = 64, num_classes: int = CLASSES):
        super().__init__(in_channels, num_hiddens)
        self.c1 = FCBlock(num_classes, 2 * num_hiddens)
        self.c2 = FCBlock(num_classes, num_hiddens)

    def forward(self, x: Tensor, c: Tensor, t: Tensor) -> Tensor:
        """Return the noise in x (B, 1, 28, 28).

        c  one-hot classes (B, num_classes); a row of zeros asks for any digit
        t  normalised times (B,) or (B, 1) in [0, 1]
        """
        t, c = t.reshape(-1, 1), c.to(x.dtype)
        return self._run(
            x,
            lambda unflat: _maps(self.c1(c)) * unflat + _maps(self.t1(t)),
            lambda up: _maps(self.c2(c)) * up + _maps(self.t2(t)),
        )


def _maps(features: Tensor) -> Tensor:
    """Return (B, C) as (B, C, 1, 1), to be added to feature maps."""
    return features[:, :, None, None]
