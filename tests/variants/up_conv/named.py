from collections import OrderedDict


def up_conv(in_channels, out_channels):
    return nn.Sequential(
        OrderedDict(
            conv=nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1),
            norm=nn.BatchNorm2d(out_channels),
            gelu=nn.GELU(),
        )
    )
