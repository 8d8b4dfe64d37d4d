def flatten():
    return nn.Sequential(nn.MaxPool2d(7), nn.GELU())
