class Forward:
    def __init__(self, abar):
        self.abar = abar

    def __call__(self, im, t):
        std = torch.sqrt(1 - self.abar[t])
        return torch.normal(mean=torch.sqrt(self.abar[t]) * im, std=std.expand(im.shape))


forward = Forward(alphas_cumprod)
