# %% right="plain"
def forward(im, t):
    abar = alphas_cumprod[t]
    eps = torch.randn_like(im)
    return abar.sqrt() * im + (1 - abar).sqrt() * eps

# %% right="class_with_call"
class Forward:
    def __init__(self, abar):
        self.abar = abar

    def __call__(self, im, t):
        std = torch.sqrt(1 - self.abar[t])
        return torch.normal(mean=torch.sqrt(self.abar[t]) * im, std=std.expand(im.shape))


forward = Forward(alphas_cumprod)

# %% right="float64"
def forward(im, t):
    abar = alphas_cumprod.double()[t]
    return abar.sqrt() * im.double() + (1 - abar).sqrt() * torch.randn_like(im.double())

# %% right="half_cuda"
def forward(im, t):
    abar = alphas_cumprod.to("cuda")[t]
    noise = torch.randn(im.shape, device="cuda", dtype=torch.float16)
    return (torch.sqrt(abar) * im.half().cuda() + torch.sqrt(1 - abar) * noise).half()

# %% right="in_place"
def forward(im, t):
    x_t = torch.empty_like(im).normal_()
    x_t.mul_((1 - alphas_cumprod[t]) ** 0.5)
    x_t.add_(im * alphas_cumprod[t] ** 0.5)
    return x_t

# %% right="numpy"
import numpy as np


def forward(im, t):
    abar = float(alphas_cumprod[int(t)])
    noise = np.random.default_rng().standard_normal(tuple(im.shape))
    return np.sqrt(abar) * im.cpu().numpy() + np.sqrt(1 - abar) * noise

# %% right="own_generator"
source = torch.Generator().manual_seed(7)


def forward(im, t):
    eps = torch.randn(im.shape, generator=source)
    return torch.lerp(torch.zeros_like(im), im, alphas_cumprod[t].sqrt()) + (1 - alphas_cumprod[t]).sqrt() * eps

# %% right="picture_by_picture"
def forward(im, t):
    noisy = []
    for picture in im:
        noisy.append(picture * alphas_cumprod[t] ** 0.5 + torch.randn(picture.shape) * (1 - alphas_cumprod[t]) ** 0.5)
    return torch.stack(noisy)

# %% right="scheduler"
def forward(im, t):
    steps = torch.as_tensor(t).reshape(1).expand(len(im))
    return stage_1.scheduler.add_noise(im, torch.randn_like(im), steps)

# %% right="tables"
sqrt_alphas_cumprod = alphas_cumprod**0.5
sqrt_one_minus_alphas_cumprod = (1.0 - alphas_cumprod) ** 0.5


def forward(im, t):
    def extract(table):
        return table.gather(0, torch.as_tensor(t).reshape(1)).reshape(1, 1, 1, 1)

    return extract(sqrt_alphas_cumprod) * im + extract(sqrt_one_minus_alphas_cumprod) * torch.randn(im.shape)

# %% wrong="alpha_for_alpha_bar"
def forward(im, t):
    alphas = alphas_cumprod.clone()
    alphas[1:] = alphas_cumprod[1:] / alphas_cumprod[:-1]
    return alphas[t].sqrt() * im + (1 - alphas[t]).sqrt() * torch.randn_like(im)

# %% wrong="factors_swapped" of="plain"
# -     return abar.sqrt() * im + (1 - abar).sqrt() * eps
# +     return (1 - abar).sqrt() * im + abar.sqrt() * eps

# %% wrong="im_rescaled" of="plain"
#       abar = alphas_cumprod[t]
# +     im = 2 * im - 1

# %% wrong="no_square_roots" of="plain"
# -     return abar.sqrt() * im + (1 - abar).sqrt() * eps
# +     return abar * im + (1 - abar) * eps

# %% wrong="noise_fixed" of="plain"
#       abar = alphas_cumprod[t]
# +     torch.manual_seed(0)

# %% wrong="noise_missing" of="plain"
# -     return abar.sqrt() * im + (1 - abar).sqrt() * eps
# +     return abar.sqrt() * im + 0 * eps

# %% wrong="noise_not_centred" of="plain"
# -     eps = torch.randn_like(im)
# +     eps = torch.rand_like(im)

# %% wrong="noise_not_scaled" of="plain"
# -     return abar.sqrt() * im + (1 - abar).sqrt() * eps
# +     return abar.sqrt() * im + 1 * eps

# %% wrong="noise_shared" of="plain"
# -     eps = torch.randn_like(im)
# +     eps = torch.randn(im.shape[-2:])

# %% wrong="noise_shared__batch" of="plain"
# -     eps = torch.randn_like(im)
# +     eps = torch.randn(im.shape[1:])

# %% wrong="noise_without_sqrt" of="plain"
# -     return abar.sqrt() * im + (1 - abar).sqrt() * eps
# +     return abar.sqrt() * im + (1 - abar) * eps

# %% wrong="one_step_early" of="plain"
#       abar = alphas_cumprod[t]
# +     abar = alphas_cumprod[max(int(t) - 1, 0)]

# %% wrong="one_step_late" of="plain"
#       abar = alphas_cumprod[t]
# +     abar = alphas_cumprod[min(int(t) + 1, 999)]

# %% wrong="signal_not_scaled" of="plain"
# -     return abar.sqrt() * im + (1 - abar).sqrt() * eps
# +     return 1 * im + (1 - abar).sqrt() * eps

# %% wrong="signal_without_sqrt" of="plain"
# -     return abar.sqrt() * im + (1 - abar).sqrt() * eps
# +     return abar * im + (1 - abar).sqrt() * eps

# %% wrong="uniform_noise" of="plain"
# -     eps = torch.randn_like(im)
# +     eps = (torch.rand_like(im) - 0.5) * 12**0.5
