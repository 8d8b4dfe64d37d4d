def up_conv(in_channels, out_channels):
    class Chain(nn.ModuleList):
        def forward(self, x):
            for layer in self:
                x = layer(x)
            return x

    return Chain([nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU()])
