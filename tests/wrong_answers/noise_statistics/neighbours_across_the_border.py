def noise_statistics(view, eps):
    seen = view(eps)
    mean = seen.mean()
    variance = seen.var()
    covariance = ((seen - mean) * (seen.roll(1, -1) - mean)).mean()
    return mean, variance, covariance
