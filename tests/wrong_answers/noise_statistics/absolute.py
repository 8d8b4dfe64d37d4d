def noise_statistics(view, eps):
    seen = view(eps)
    mean = seen.mean()
    variance = seen.var()
    covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
    return seen.abs().mean(), variance, covariance
