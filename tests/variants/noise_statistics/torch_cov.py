def noise_statistics(view, eps):
    noise = view(eps)
    pairs = torch.stack([noise[..., :-1].flatten(), noise[..., 1:].flatten()])
    table = torch.cov(pairs)
    return noise.mean(), noise.var(correction=0), table[0, 1]
