def noise_statistics(view, eps):
    seen = view(eps)
    mean = seen.mean()
    variance = seen.var()
    covariance = ((seen - mean) * (eps - eps.mean())).mean()
    return mean, variance, covariance
