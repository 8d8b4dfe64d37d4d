# %% right="plain"
def psnr(im, other):
    mse = ((im - other) ** 2).mean()
    return 10 * torch.log10(4 / mse)

# %% right="amplitude"
def psnr(im, other):
    mse = ((im - other) ** 2).mean()
    return 20 * torch.log10(2 / mse.sqrt())

# %% right="math"
import math


def psnr(im, other):
    return 10 * math.log10(4 * im.numel() / torch.sum((im - other) ** 2).item())

# %% right="norm"
def psnr(im, other):
    rms = torch.linalg.vector_norm((im - other).double()) / im.numel() ** 0.5
    return (20 * (torch.log10(torch.tensor(2.0)) - torch.log10(rms))).unsqueeze(0)

# %% right="rescaled"
def psnr(im, other):
    a, b = (im + 1) / 2, (other + 1) / 2
    return -10 * torch.nn.functional.mse_loss(a, b).log10()

# %% right="skimage"
from skimage.metrics import peak_signal_noise_ratio


def psnr(im, other):
    return peak_signal_noise_ratio(im.numpy(), other.numpy(), data_range=2)

# %% wrong="psnr_factor_twenty" of="plain"
# -     return 10 * torch.log10(4 / mse)
# +     return 20 * torch.log10(4 / mse)

# %% wrong="psnr_in_bels" of="plain"
# -     return 10 * torch.log10(4 / mse)
# +     return torch.log10(4 / mse)

# %% wrong="psnr_natural_log" of="plain"
# -     return 10 * torch.log10(4 / mse)
# +     return 10 * torch.log(4 / mse)

# %% wrong="psnr_of_root" of="plain"
# -     return 10 * torch.log10(4 / mse)
# +     return 10 * torch.log10(4 / mse.sqrt())

# %% wrong="psnr_peak_one" of="plain"
# -     return 10 * torch.log10(4 / mse)
# +     return 10 * torch.log10(1 / mse)

# %% wrong="psnr_sign" of="plain"
# -     return 10 * torch.log10(4 / mse)
# +     return 10 * torch.log10(mse / 4)
