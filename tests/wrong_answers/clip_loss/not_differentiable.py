def clip_loss(x_0, target, embed, cutouts):
    with torch.no_grad():
        distances = great_circle(embed(cutouts(x_0)), target)
    return distances.reshape(-1, len(x_0)).mean(dim=0)
