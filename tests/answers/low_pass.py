# %% right="plain"
def low_pass(x):
    size = x.shape[-1]
    return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)

# %% right="class_of_filters"
from torchvision.transforms import GaussianBlur


class Filters:
    def __init__(self, size):
        self.blur = GaussianBlur(kernel_size=2 * (size // 4) + 1, sigma=2.0 * size / 64)

    def low(self, x):
        return self.blur(x)

    def high(self, x):
        return x - self.blur(x)


def low_pass(x):
    filters = Filters(x.shape[-1])
    return x - filters.high(x)

# %% right="half_cuda"
def low_pass(x):
    x = x.cuda().half()
    side = x.shape[-1]
    return gaussian_blur(x, kernel_size=side // 2 + 1, sigma=side / 32)

# %% right="kernel_as_the_paper"
def low_pass(x):
    factor = x.shape[-2] / 64
    kernel = int(33 * factor)
    kernel += 1 - kernel % 2
    return gaussian_blur(x, [kernel, kernel], [2 * factor, 2 * factor])

# %% right="matrix_product"
def low_pass(x):
    """Blur rows and columns by a matrix each; beyond the border the picture goes on as its mirror image."""

    def matrix(size):
        place = torch.arange(size)
        mirrored = torch.cat([place[1:].flip(0), place, place[:-1].flip(0)])
        position = torch.arange(len(mirrored)) - (size - 1)
        weights = torch.exp(-((position[None, :] - place[:, None]) ** 2) / (2 * (size / 32) ** 2))
        weights = weights / weights.sum(1, keepdim=True)
        return torch.zeros(size, size).index_add(1, mirrored, weights).to(x)

    return matrix(x.shape[-2]) @ x @ matrix(x.shape[-1]).T

# %% right="numpy"
import numpy as np


def low_pass(x):
    sigma = x.shape[-1] / 32
    half = x.shape[-1] // 4
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    weights /= weights.sum()
    blurred = np.pad(x.numpy().astype(np.float64), [(0, 0), (0, 0), (half, half), (half, half)], mode="reflect")
    for axis in (2, 3):
        blurred = np.apply_along_axis(np.convolve, axis, blurred, weights, mode="valid")
    return blurred

# %% right="two_passes"
def low_pass(x):
    _, channels, height, _ = x.shape
    sigma, half = 2 * height / 64, height // 4
    place = torch.arange(-half, half + 1, dtype=x.dtype)
    weights = torch.exp(-(place**2) / (2 * sigma**2))
    weights = (weights / weights.sum()).reshape(1, 1, -1, 1).repeat(channels, 1, 1, 1)
    x = torch.nn.functional.pad(x, [half] * 4, mode="reflect")
    x = torch.nn.functional.conv2d(x, weights, groups=channels)
    return torch.nn.functional.conv2d(x, weights.transpose(2, 3), groups=channels)

# %% right="wide_kernel"
def low_pass(x):
    """A Gaussian that is cut off at eight sigma or at four looks the same."""
    sigma = x.shape[-1] / 32
    return gaussian_blur(x, 2 * int(4 * sigma + 0.5) + 1, sigma)

# %% wrong="box_blur"
def low_pass(x):
    half = x.shape[-1] // 32
    x = torch.nn.functional.pad(x, [half] * 4, mode="reflect")
    return torch.nn.functional.avg_pool2d(x, 2 * half + 1, stride=1)

# %% wrong="dark_border"
def low_pass(x):
    sigma, half = 2 * x.shape[-1] / 64, x.shape[-1] // 4
    weights = torch.exp(-(torch.arange(-half, half + 1) ** 2) / (2 * sigma**2))
    weights = (weights / weights.sum()).reshape(1, 1, -1, 1).repeat(3, 1, 1, 1)
    x = torch.nn.functional.conv2d(x, weights, padding=(half, 0), groups=3)
    return torch.nn.functional.conv2d(x, weights.transpose(2, 3), padding=(0, half), groups=3)

# %% wrong="identity"
def low_pass(x):
    return x

# %% wrong="kernel_cut_off" of="plain"
# -     return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)
# +     return gaussian_blur(x, 3, 2 * size / 64)

# %% wrong="kernel_not_scaled"
def low_pass(x):
    return gaussian_blur(x, 33, 2)

# %% wrong="kernel_not_scaled__sigma_alone"
def low_pass(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, 2.0)

# %% wrong="not_normalised"
def low_pass(x):
    sigma, half = 2 * x.shape[-1] / 64, x.shape[-1] // 4
    weights = torch.exp(-(torch.arange(-half, half + 1) ** 2) / (2 * sigma**2)).reshape(1, 1, -1, 1).repeat(3, 1, 1, 1)
    x = torch.nn.functional.pad(x, [half] * 4, mode="reflect")
    x = torch.nn.functional.conv2d(x, weights, groups=3)
    return torch.nn.functional.conv2d(x, weights.transpose(2, 3), groups=3)

# %% wrong="one_direction" of="plain"
# -     return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)
# +     return gaussian_blur(x, [1, 2 * (size // 4) + 1], [1.0, 2 * size / 64])

# %% wrong="returns_high_pass" of="plain"
# -     return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)
# +     return x - gaussian_blur(x, 2 * (size // 4) + 1, 2 * size / 64)

# %% wrong="sigma_doubled" of="plain"
# -     return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)
# +     return gaussian_blur(x, 2 * (size // 4) + 1, 4 * size / 64)

# %% wrong="sigma_halved" of="plain"
# -     return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)
# +     return gaussian_blur(x, 2 * (size // 4) + 1, size / 64)

# %% wrong="sigma_of_its_own" of="plain"
# -     return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)
# +     return gaussian_blur(x, 2 * (size // 4) + 1, 3 * size / 64)

# %% wrong="sigma_of_its_own__cut_off"
def low_pass(x):
    sigma = 2 * x.shape[-1] / 64
    kernel = 2 * round(sigma) + 1
    return gaussian_blur(x, kernel, sigma)

# %% wrong="sigma_of_torchvision"
def low_pass(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1)

# %% wrong="sigma_scaled_inversely" of="plain"
# -     return gaussian_blur(x, 2 * round(16 * size / 64) + 1, 2 * size / 64)
# +     return gaussian_blur(x, 2 * (size // 4) + 1, 2 * 64 / size)
