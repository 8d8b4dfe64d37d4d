def up_conv(in_channels, out_channels):
    conv = nn.Conv2d(in_channels, out_channels, 3, 1, 1)
    return nn.Sequential(nn.Upsample(scale_factor=2), conv, nn.BatchNorm2d(out_channels), nn.GELU())
