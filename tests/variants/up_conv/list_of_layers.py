def up_conv(in_channels, out_channels):
    layers = [nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1)]
    layers.append(nn.BatchNorm2d(out_channels))
    layers.append(nn.GELU())
    return nn.Sequential(*layers)
