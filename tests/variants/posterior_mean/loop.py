def posterior_mean(x_t, t, pictures):
    abar = alphas_cumprod[t].double()
    logs = [-(x_t - abar.sqrt() * picture[None]).square().sum() / (2 * (1 - abar)) for picture in pictures.double()]
    weights = torch.stack(logs).softmax(0)
    return sum(weight * picture for weight, picture in zip(weights, pictures))[None]
