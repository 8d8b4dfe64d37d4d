def psnr(im, other):
    rms = torch.linalg.vector_norm((im - other).double()) / im.numel() ** 0.5
    return (20 * (torch.log10(torch.tensor(2.0)) - torch.log10(rms))).unsqueeze(0)
