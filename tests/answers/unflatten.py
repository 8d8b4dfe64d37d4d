# %% right="add_module"
def unflatten(in_channels):
    block = nn.Sequential()
    block.add_module("conv", nn.ConvTranspose2d(in_channels, in_channels, 7, 7))
    block.add_module("norm", nn.BatchNorm2d(in_channels))
    block.add_module("act", nn.GELU())
    return block

# %% right="class_inside"
def unflatten(in_channels):
    class Operation(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm2d(in_channels)
            self.conv = nn.ConvTranspose2d(in_channels, in_channels, 7, 7)

        def forward(self, x):
            return nn.functional.gelu(self.norm(self.conv(x)))

    return Operation()

# %% right="from_torch_nn"
def unflatten(in_channels):
    import torch.nn as layers

    return layers.Sequential(
        layers.ConvTranspose2d(in_channels, in_channels, 7, 7), layers.BatchNorm2d(in_channels), layers.GELU()
    )

# %% right="list_of_layers"
def unflatten(in_channels):
    layers = [nn.ConvTranspose2d(in_channels, in_channels, 7, 7)]
    layers.append(nn.BatchNorm2d(in_channels))
    layers.append(nn.GELU())
    return nn.Sequential(*layers)

# %% right="module_list"
def unflatten(in_channels):
    class Chain(nn.ModuleList):
        def forward(self, x):
            for layer in self:
                x = layer(x)
            return x

    return Chain([nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU()])

# %% right="named"
from collections import OrderedDict


def unflatten(in_channels):
    return nn.Sequential(
        OrderedDict(
            conv=nn.ConvTranspose2d(in_channels, in_channels, 7, 7), norm=nn.BatchNorm2d(in_channels), gelu=nn.GELU()
        )
    )

# %% right="sequential"
def unflatten(in_channels):
    return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU())

# %% wrong="gelu_first" of="sequential"
# -     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU())
# +     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.GELU(), nn.BatchNorm2d(in_channels))

# %% wrong="gelu_missing" of="sequential"
# -     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU())
# +     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels))

# %% wrong="norm_missing" of="sequential"
# -     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU())
# +     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.GELU())

# %% wrong="relu" of="sequential"
# -     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU())
# +     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.ReLU())

# %% wrong="upsampled" of="sequential"
# -     return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU())
# +     conv = nn.Conv2d(in_channels, in_channels, 3, 1, 1)
# +     return nn.Sequential(nn.Upsample(scale_factor=7), conv, nn.BatchNorm2d(in_channels), nn.GELU())
