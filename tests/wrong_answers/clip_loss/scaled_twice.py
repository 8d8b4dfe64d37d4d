def clip_loss(x_0, target, embed, cutouts):
    distances = great_circle(embed(cutouts(2 * x_0 - 1)), target)
    return distances.reshape(-1, len(x_0)).mean(dim=0)
