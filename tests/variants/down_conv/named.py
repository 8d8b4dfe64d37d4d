from collections import OrderedDict


def down_conv(in_channels, out_channels):
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(in_channels, out_channels, 3, 2, 1), norm=nn.BatchNorm2d(out_channels), gelu=nn.GELU()
        )
    )
