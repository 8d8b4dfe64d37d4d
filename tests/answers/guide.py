# %% right="class_with_call"
class Guidance:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, cond, uncond):
        return torch.add(uncond, cond - uncond, alpha=self.scale)


def guide(noise_cond, noise_uncond, scale):
    return Guidance(scale)(noise_cond, noise_uncond)

# %% right="formula"
def guide(noise_cond, noise_uncond, scale):
    return noise_uncond + scale * (noise_cond - noise_uncond)

# %% right="half_cuda"
def guide(noise_cond, noise_uncond, scale):
    noise_cond, noise_uncond = noise_cond.half().cuda(), noise_uncond.half().cuda()
    return noise_uncond + scale * (noise_cond - noise_uncond)

# %% right="lerp"
def guide(noise_cond, noise_uncond, scale):
    return torch.lerp(noise_uncond, noise_cond, float(scale))

# %% right="numpy"
def guide(noise_cond, noise_uncond, scale):
    import numpy as np

    c, u = np.asarray(noise_cond), np.asarray(noise_uncond)
    return u + np.float32(scale) * (c - u)

# %% right="stacked"
def guide(noise_cond, noise_uncond, scale):
    weights = torch.tensor([scale, 1 - scale]).reshape(2, 1, 1, 1, 1)
    return (weights * torch.stack([noise_cond, noise_uncond])).sum(dim=0)

# %% right="weights"
def guide(noise_cond, noise_uncond, scale):
    return scale * noise_cond + (1 - scale) * noise_uncond

# %% right="with_w"
def guide(noise_cond, noise_uncond, scale):
    w = scale - 1
    return (1 + w) * noise_cond - w * noise_uncond

# %% wrong="averaged" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return (noise_cond + noise_uncond) / 2

# %% wrong="brackets_missing" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return scale * noise_cond - noise_uncond + noise_uncond

# %% wrong="cond_only_scaled" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return noise_uncond + scale * noise_cond

# %% wrong="cond_uncond_swapped" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return noise_cond + scale * (noise_uncond - noise_cond)

# %% wrong="difference_only" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return scale * (noise_cond - noise_uncond)

# %% wrong="difference_reversed" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return noise_uncond - scale * (noise_cond - noise_uncond)

# %% wrong="gamma_for_w" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return noise_cond + scale * (noise_cond - noise_uncond)

# %% wrong="gamma_for_w__paper" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return (1 + scale) * noise_cond - scale * noise_uncond

# %% wrong="interpolated" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return (noise_uncond + scale * noise_cond) / (1 + scale)

# %% wrong="prompt_has_no_part" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return noise_uncond

# %% wrong="scale_fixed" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return noise_uncond + 7 * (noise_cond - noise_uncond)

# %% wrong="scale_ignored" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return noise_cond

# %% wrong="uncond_not_weighed" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return scale * noise_cond - noise_uncond

# %% wrong="w_for_gamma" of="formula"
# -     return noise_uncond + scale * (noise_cond - noise_uncond)
# +     return noise_uncond + (scale - 1) * (noise_cond - noise_uncond)
