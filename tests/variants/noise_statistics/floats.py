def noise_statistics(view, eps):
    noise = view(eps).double()
    mean = noise.mean().item()
    centred = noise - mean
    variance = (centred**2).mean().item()
    covariance = (centred[:, :, :, 1:] * centred[:, :, :, :-1]).mean().item()
    return [mean, variance, covariance]
