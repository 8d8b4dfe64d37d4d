def up_conv(in_channels, out_channels):
    class Operation(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm2d(out_channels)
            self.conv = nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)

        def forward(self, x):
            return nn.functional.gelu(self.norm(self.conv(x)))

    return Operation()
