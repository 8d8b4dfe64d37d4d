def unflatten(in_channels):
    import torch.nn as layers

    return layers.Sequential(
        layers.ConvTranspose2d(in_channels, in_channels, 7, 7), layers.BatchNorm2d(in_channels), layers.GELU()
    )
