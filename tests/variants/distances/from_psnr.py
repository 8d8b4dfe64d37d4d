def psnr(im, other):
    return 10 * torch.log10(4 / (im - other).square().mean())


def distances(original, edits):
    return [2 * 10 ** (-psnr(edit, original).item() / 20) for edit in edits]
