from collections import OrderedDict


def unflatten(in_channels):
    return nn.Sequential(
        OrderedDict(
            conv=nn.ConvTranspose2d(in_channels, in_channels, 7, 7), norm=nn.BatchNorm2d(in_channels), gelu=nn.GELU()
        )
    )
