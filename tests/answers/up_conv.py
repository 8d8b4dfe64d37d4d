# %% right="add_module"
def up_conv(in_channels, out_channels):
    block = nn.Sequential()
    block.add_module("conv", nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1))
    block.add_module("norm", nn.BatchNorm2d(out_channels))
    block.add_module("act", nn.GELU())
    return block

# %% right="class_inside"
def up_conv(in_channels, out_channels):
    class Operation(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm2d(out_channels)
            self.conv = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)

        def forward(self, x):
            return nn.functional.gelu(self.norm(self.conv(x)))

    return Operation()

# %% right="from_torch_nn"
def up_conv(in_channels, out_channels):
    import torch.nn as layers

    return layers.Sequential(
        layers.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), layers.BatchNorm2d(out_channels), layers.GELU()
    )

# %% right="list_of_layers"
def up_conv(in_channels, out_channels):
    layers = [nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)]
    layers.append(nn.BatchNorm2d(out_channels))
    layers.append(nn.GELU())
    return nn.Sequential(*layers)

# %% right="module_list"
def up_conv(in_channels, out_channels):
    class Chain(nn.ModuleList):
        def forward(self, x):
            for layer in self:
                x = layer(x)
            return x

    return Chain([nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU()])

# %% right="named"
from collections import OrderedDict


def up_conv(in_channels, out_channels):
    return nn.Sequential(
        OrderedDict(
            conv=nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1),
            norm=nn.BatchNorm2d(out_channels),
            gelu=nn.GELU(),
        )
    )

# %% right="sequential"
def up_conv(in_channels, out_channels):
    return nn.Sequential(
        nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU()
    )

# %% wrong="gelu_first" of="sequential"
# -         nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU()
# +         nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.GELU(), nn.BatchNorm2d(out_channels)

# %% wrong="gelu_missing"
def up_conv(in_channels, out_channels):
    return nn.Sequential(nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels))

# %% wrong="norm_missing"
def up_conv(in_channels, out_channels):
    return nn.Sequential(nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.GELU())

# %% wrong="not_transposed"
def up_conv(in_channels, out_channels):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU())

# %% wrong="padding_0"
def up_conv(in_channels, out_channels):
    return nn.Sequential(nn.ConvTranspose2d(in_channels, out_channels, 4, 2), nn.BatchNorm2d(out_channels), nn.GELU())

# %% wrong="relu" of="sequential"
# -         nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU()
# +         nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels), nn.ReLU()

# %% wrong="stride_1" of="sequential"
# -         nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU()
# +         nn.ConvTranspose2d(in_channels, out_channels, 4, 1, 1), nn.BatchNorm2d(out_channels), nn.GELU()

# %% wrong="upsampled"
def up_conv(in_channels, out_channels):
    conv = nn.Conv2d(in_channels, out_channels, 3, 1, 1)
    return nn.Sequential(nn.Upsample(scale_factor=2), conv, nn.BatchNorm2d(out_channels), nn.GELU())
