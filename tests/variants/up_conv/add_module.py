def up_conv(in_channels, out_channels):
    block = nn.Sequential()
    block.add_module("conv", nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1))
    block.add_module("norm", nn.BatchNorm2d(out_channels))
    block.add_module("act", nn.GELU())
    return block
