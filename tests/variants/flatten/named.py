def flatten():
    block = nn.Sequential()
    block.add_module("pool", nn.AvgPool2d(kernel_size=7))
    block.add_module("act", nn.GELU())
    return block
