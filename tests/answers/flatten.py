# %% right="adaptive"
def flatten():
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.GELU())

# %% right="class_with_mean"
def flatten():
    class Mean(nn.Module):
        def forward(self, x):
            return nn.functional.gelu(x.mean(dim=(2, 3), keepdim=True))

    return Mean()

# %% right="einsum"
def flatten():
    class Mean(nn.Module):
        def forward(self, x):
            mean = torch.einsum("bchw->bc", x) / x[0, 0].numel()
            return nn.functional.gelu(mean)[..., None, None]

    return Mean()

# %% right="functional_pool"
def flatten():
    class Pool(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = nn.GELU()

        def forward(self, x):
            return self.act(nn.functional.avg_pool2d(x, 7))

    return Pool()

# %% right="named"
def flatten():
    block = nn.Sequential()
    block.add_module("pool", nn.AvgPool2d(kernel_size=7))
    block.add_module("act", nn.GELU())
    return block

# %% right="sequential"
def flatten():
    return nn.Sequential(nn.AvgPool2d(7), nn.GELU())

# %% wrong="gelu_first" of="adaptive"
# -     return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.GELU())
# +     return nn.Sequential(nn.GELU(), nn.AvgPool2d(7))

# %% wrong="gelu_missing" of="adaptive"
# -     return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.GELU())
# +     return nn.AvgPool2d(7)

# %% wrong="maximum" of="adaptive"
# -     return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.GELU())
# +     return nn.Sequential(nn.MaxPool2d(7), nn.GELU())

# %% wrong="relu" of="adaptive"
# -     return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.GELU())
# +     return nn.Sequential(nn.AvgPool2d(7), nn.ReLU())
