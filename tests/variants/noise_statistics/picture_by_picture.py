def noise_statistics(view, eps):
    noise = torch.cat([view(one) for one in eps.split(1)])
    mean = sum(one.mean() for one in noise) / len(noise)
    variance = sum(((one - mean) ** 2).mean() for one in noise) / len(noise)
    covariance = sum(((one[..., 1:] - mean) * (one[..., :-1] - mean)).mean() for one in noise) / len(noise)
    return float(mean), float(variance), float(covariance)
