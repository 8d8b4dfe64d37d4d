def unflatten(in_channels):
    class Operation(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm2d(in_channels)
            self.conv = nn.ConvTranspose2d(in_channels, in_channels, 7, 7)

        def forward(self, x):
            return nn.functional.gelu(self.norm(self.conv(x)))

    return Operation()
