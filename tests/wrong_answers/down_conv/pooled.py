def down_conv(in_channels, out_channels):
    conv = nn.Conv2d(in_channels, out_channels, 3, 1, 1)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.GELU(), nn.MaxPool2d(2))
