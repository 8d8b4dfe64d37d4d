def noise_statistics(view, eps):
    seen = eps
    mean = seen.mean()
    variance = seen.var()
    covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
    return mean, variance, covariance
