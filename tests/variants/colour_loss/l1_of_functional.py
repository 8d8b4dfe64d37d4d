def colour_loss(x_0, colour):
    target = torch.tensor(colour).view(1, 3, 1, 1).expand_as(x_0)
    return F.l1_loss(x_0.add(1).div(2), target, reduction="none").mean((1, 2, 3))
