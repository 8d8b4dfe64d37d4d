def flatten():
    class Pool(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = nn.GELU()

        def forward(self, x):
            return self.act(nn.functional.avg_pool2d(x, 7))

    return Pool()
