def noise_statistics(view, eps):
    noise = view(eps.cuda().half())
    mean = noise.mean()
    rest = noise - mean
    return mean, rest.pow(2).mean(), rest[..., 1:].mul(rest[..., :-1]).mean()
