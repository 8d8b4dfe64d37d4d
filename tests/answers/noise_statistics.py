# %% right="plain"
def noise_statistics(view, eps):
    seen = view(eps)
    mean = seen.mean()
    variance = seen.var()
    covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
    return mean, variance, covariance

# %% right="floats"
def noise_statistics(view, eps):
    noise = view(eps).double()
    mean = noise.mean().item()
    centred = noise - mean
    variance = (centred**2).mean().item()
    covariance = (centred[:, :, :, 1:] * centred[:, :, :, :-1]).mean().item()
    return [mean, variance, covariance]

# %% right="half_cuda"
def noise_statistics(view, eps):
    noise = view(eps.cuda().half())
    mean = noise.mean()
    rest = noise - mean
    return mean, rest.pow(2).mean(), rest[..., 1:].mul(rest[..., :-1]).mean()

# %% right="moments"
def noise_statistics(view, eps):
    noise = view(eps)
    left, right = noise[..., :-1], noise[..., 1:]
    mean = noise.mean()
    variance = (noise**2).mean() - mean**2
    covariance = (left * right).mean() - left.mean() * right.mean()
    return torch.stack([mean, variance, covariance])

# %% right="numpy"
import numpy as np


def noise_statistics(view, eps):
    noise = np.asarray(view(eps), dtype=np.float64)
    table = np.cov(noise[..., :-1].ravel(), noise[..., 1:].ravel())
    return np.array([noise.mean(), noise.var(), table[0, 1]])

# %% right="picture_by_picture"
def noise_statistics(view, eps):
    noise = torch.cat([view(one) for one in eps.split(1)])
    mean = sum(one.mean() for one in noise) / len(noise)
    variance = sum(((one - mean) ** 2).mean() for one in noise) / len(noise)
    covariance = sum(((one[..., 1:] - mean) * (one[..., :-1] - mean)).mean() for one in noise) / len(noise)
    return float(mean), float(variance), float(covariance)

# %% right="torch_cov"
def noise_statistics(view, eps):
    noise = view(eps)
    pairs = torch.stack([noise[..., :-1].flatten(), noise[..., 1:].flatten()])
    table = torch.cov(pairs)
    return noise.mean(), noise.var(correction=0), table[0, 1]

# %% wrong="absolute" of="plain"
# -     return mean, variance, covariance
# +     return seen.abs().mean(), variance, covariance

# %% wrong="correlation" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean() / variance

# %% wrong="covariance_summed" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).sum()

# %% wrong="covariance_with_itself" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = ((seen - mean) * (seen - mean)).mean()

# %% wrong="eps_with_view" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = ((seen - mean) * (eps - eps.mean())).mean()

# %% wrong="neighbours_across_the_border" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = ((seen - mean) * (seen.roll(1, -1) - mean)).mean()

# %% wrong="neighbours_below" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = ((seen[..., :-1, :] - mean) * (seen[..., 1:, :] - mean)).mean()

# %% wrong="neighbours_in_colour" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = ((seen[:, :-1] - mean) * (seen[:, 1:] - mean)).mean()

# %% wrong="neighbours_two_apart" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = ((seen[..., :-2] - mean) * (seen[..., 2:] - mean)).mean()

# %% wrong="not_centred" of="plain"
# -     covariance = ((seen[..., :-1] - mean) * (seen[..., 1:] - mean)).mean()
# +     covariance = (seen[..., :-1] * seen[..., 1:]).mean()

# %% wrong="order" of="plain"
# -     return mean, variance, covariance
# +     return mean, covariance, variance

# %% wrong="std_for_variance" of="plain"
# -     variance = seen.var()
# +     variance = seen.std()

# %% wrong="variance_not_centred" of="plain"
# -     variance = seen.var()
# +     variance = (seen**2).mean()

# %% wrong="view_not_used" of="plain"
# -     seen = view(eps)
# +     seen = eps
