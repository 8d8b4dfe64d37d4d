from scipy.optimize import minimize_scalar


def best_blur(im_noisy, im):
    found = minimize_scalar(
        lambda s: (gaussian_blur(im_noisy, 35, float(s)) - im).square().mean().item(), bounds=(0.2, 8), method="bounded"
    )
    return 35, found.x
