def clip_loss(x_0, target, embed, cutouts):
    losses = []
    for picture in x_0.split(1):
        losses.append(great_circle(embed(cutouts(picture)), target).mean())
    return torch.stack(losses)
