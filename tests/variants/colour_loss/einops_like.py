def colour_loss(x_0, colour):
    distance = torch.abs((x_0 + 1) / 2 - torch.as_tensor(colour, device=x_0.device)[:, None, None])
    return torch.einsum("bchw->b", distance) / x_0[0].numel()
