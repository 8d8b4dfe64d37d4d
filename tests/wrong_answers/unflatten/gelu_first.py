def unflatten(in_channels):
    return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.GELU(), nn.BatchNorm2d(in_channels))
