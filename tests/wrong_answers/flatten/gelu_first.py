def flatten():
    return nn.Sequential(nn.GELU(), nn.AvgPool2d(7))
