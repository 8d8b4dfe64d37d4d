def unflatten(in_channels):
    block = nn.Sequential()
    block.add_module("conv", nn.ConvTranspose2d(in_channels, in_channels, 7, 7))
    block.add_module("norm", nn.BatchNorm2d(in_channels))
    block.add_module("act", nn.GELU())
    return block
