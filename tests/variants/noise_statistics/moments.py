def noise_statistics(view, eps):
    noise = view(eps)
    left, right = noise[..., :-1], noise[..., 1:]
    mean = noise.mean()
    variance = (noise**2).mean() - mean**2
    covariance = (left * right).mean() - left.mean() * right.mean()
    return torch.stack([mean, variance, covariance])
