class Guidance:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, cond, uncond):
        return torch.add(uncond, cond - uncond, alpha=self.scale)


def guide(noise_cond, noise_uncond, scale):
    return Guidance(scale)(noise_cond, noise_uncond)
