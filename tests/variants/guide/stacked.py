def guide(noise_cond, noise_uncond, scale):
    weights = torch.tensor([scale, 1 - scale]).reshape(2, 1, 1, 1, 1)
    return (weights * torch.stack([noise_cond, noise_uncond])).sum(dim=0)
