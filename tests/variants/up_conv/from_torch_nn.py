def up_conv(in_channels, out_channels):
    import torch.nn as layers

    return layers.Sequential(
        layers.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), layers.BatchNorm2d(out_channels), layers.GELU()
    )
