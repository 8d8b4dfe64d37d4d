def low_pass(x):
    half = x.shape[-1] // 32
    x = torch.nn.functional.pad(x, [half] * 4, mode="reflect")
    return torch.nn.functional.avg_pool2d(x, 2 * half + 1, stride=1)
