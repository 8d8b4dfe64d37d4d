def colour_loss(x_0, colour):
    unit = x_0 * 0.5 + 0.5
    return sum((unit[:, i] - colour[i]).abs().mean(dim=(-2, -1)) for i in range(3)) / 3
