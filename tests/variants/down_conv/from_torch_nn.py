def down_conv(in_channels, out_channels):
    import torch.nn as layers

    return layers.Sequential(
        layers.Conv2d(in_channels, out_channels, 3, 2, 1), layers.BatchNorm2d(out_channels), layers.GELU()
    )
