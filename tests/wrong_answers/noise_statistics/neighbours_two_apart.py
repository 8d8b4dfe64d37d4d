def noise_statistics(view, eps):
    seen = view(eps)
    mean = seen.mean()
    variance = seen.var()
    covariance = ((seen[..., :-2] - mean) * (seen[..., 2:] - mean)).mean()
    return mean, variance, covariance
