# %% right="plain"
def best_blur(im_noisy, im):
    candidates = []
    for sigma in [0.25 * n for n in range(1, 24)]:
        kernel_size = int(4 * sigma) * 2 + 1
        blurred = gaussian_blur(im_noisy, kernel_size, sigma)
        candidates.append((-((blurred - im) ** 2).mean().item(), kernel_size, sigma))
    return max(candidates)[1:]

# %% right="grid"
import itertools


def best_blur(im_noisy, im):
    def error(pair):
        return torch.nn.functional.mse_loss(gaussian_blur(im_noisy, pair[0], pair[1]), im)

    return min(itertools.product((5, 11, 21, 31), [0.3 * n for n in range(1, 18)]), key=error)

# %% right="scipy"
from scipy.optimize import minimize_scalar


def best_blur(im_noisy, im):
    found = minimize_scalar(
        lambda s: (gaussian_blur(im_noisy, 35, float(s)) - im).square().mean().item(), bounds=(0.2, 8), method="bounded"
    )
    return 35, found.x

# %% right="tensor_pair"
def best_blur(im_noisy, im):
    sigmas = torch.linspace(0.3, 6, 40)
    errors = torch.stack([(gaussian_blur(im_noisy, 25, s.item()) - im).abs().square().mean() for s in sigmas])
    return torch.tensor([25.0, sigmas[errors.argmin()]])

# %% right="two_passes"
def best_blur(im_noisy, im):
    def search(sigmas):
        return max(sigmas, key=lambda s: psnr(im, gaussian_blur(im_noisy, 33, float(s))))

    def psnr(a, b):
        return 10 * torch.log10(4 / ((a - b) ** 2).mean())

    rough = search(range(1, 7))
    return [33, search([rough + 0.1 * n for n in range(-9, 10)])]

# %% right="wide_kernel"
def best_blur(im_noisy, im):
    candidates = []
    for sigma in torch.arange(0.2, 6, 0.2).tolist():
        kernel_size = 31
        blurred = gaussian_blur(im_noisy, kernel_size, sigma)
        candidates.append((-((blurred - im) ** 2).mean().item(), kernel_size, sigma))
    return max(candidates)[1:]

# %% wrong="blur_too_strong" of="plain"
# -     return max(candidates)[1:]
# +     return min(candidates)[1:]

# %% wrong="blur_too_strong__fixed"
def best_blur(im_noisy, im):
    return 39, 6.0

# %% wrong="blur_too_weak" of="plain"
# -         candidates.append((-((blurred - im) ** 2).mean().item(), kernel_size, sigma))
# +         candidates.append((-((blurred - im_noisy) ** 2).mean().item(), kernel_size, sigma))

# %% wrong="blur_too_weak__fixed"
def best_blur(im_noisy, im):
    return 5, 0.8

# %% wrong="kernel_cuts_sigma" of="plain"
# -         kernel_size = int(4 * sigma) * 2 + 1
# +         kernel_size = 3
