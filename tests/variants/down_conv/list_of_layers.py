def down_conv(in_channels, out_channels):
    layers = [nn.Conv2d(in_channels, out_channels, 3, 2, 1)]
    layers.append(nn.BatchNorm2d(out_channels))
    layers.append(nn.GELU())
    return nn.Sequential(*layers)
