def colour_loss(x_0, colour):
    target = torch.tensor(colour)[:, None, None]
    return torch.stack([((picture + 1) / 2 - target).abs().mean() for picture in x_0])
