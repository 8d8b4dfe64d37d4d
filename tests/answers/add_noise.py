# %% right="clone_in_place"
def add_noise(x, sigma):
    z = x.clone()
    z += torch.randn_like(z).mul_(sigma)
    return z

# %% right="distribution"
def add_noise(x, sigma):
    return torch.distributions.Normal(x.double(), sigma).sample()

# %% right="empty_like_normal"
def add_noise(x, sigma):
    return x + torch.empty_like(x).normal_(0, sigma)

# %% right="half_on_cuda"
def add_noise(x, sigma):
    x = x.half().cuda()
    return x + sigma * torch.randn_like(x)

# %% right="normal"
def add_noise(x, sigma):
    return torch.normal(x, torch.full_like(x, sigma))

# %% right="numpy_noise"
import numpy as np


def add_noise(x, sigma):
    eps = np.random.standard_normal(tuple(x.shape))
    return x + sigma * torch.as_tensor(eps, dtype=x.dtype)

# %% right="one_line"
def add_noise(x, sigma):
    return x + sigma * torch.randn_like(x)

# %% right="shape_and_device"
def add_noise(x, sigma):
    eps = torch.randn(x.shape, device=x.device, dtype=x.dtype)
    return torch.add(x, eps, alpha=sigma)

# %% wrong="like_x_t" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return (1 - sigma**2) ** 0.5 * x + sigma * torch.randn_like(x)

# %% wrong="noise_alone" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return sigma * torch.randn_like(x)

# %% wrong="noise_fixed" of="half_on_cuda"
# -     x = x.half().cuda()
# +     torch.manual_seed(0)

# %% wrong="noise_missing" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return x + 0 * sigma

# %% wrong="noise_not_centred" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return x + sigma * torch.rand_like(x)

# %% wrong="noise_shared" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return x + sigma * torch.randn(1, 1, *x.shape[2:])

# %% wrong="root_of_sigma" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return x + sigma**0.5 * torch.randn_like(x)

# %% wrong="sigma_missing" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return x + torch.randn_like(x)

# %% wrong="sigma_squared" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return x + sigma**2 * torch.randn_like(x)

# %% wrong="uniform_noise" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return x + sigma * 12**0.5 * (torch.rand_like(x) - 0.5)

# %% wrong="x_scaled" of="distribution"
# -     return torch.distributions.Normal(x.double(), sigma).sample()
# +     return (1 - sigma) * x + sigma * torch.randn_like(x)
