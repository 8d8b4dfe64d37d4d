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
