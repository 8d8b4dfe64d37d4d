def best_blur(im_noisy, im):
    sigmas = torch.linspace(0.3, 6, 40)
    errors = torch.stack([(gaussian_blur(im_noisy, 25, s.item()) - im).abs().square().mean() for s in sigmas])
    return torch.tensor([25.0, sigmas[errors.argmin()]])
