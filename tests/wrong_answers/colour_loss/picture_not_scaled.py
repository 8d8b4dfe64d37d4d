def colour_loss(x_0, colour):
    colour = torch.as_tensor(colour).to(x_0).reshape(3, 1, 1)
    return (x_0 - colour).abs().mean(dim=(1, 2, 3))
