def clip_loss(x_0, target, embed, cutouts):
    distances = great_circle(embed(cutouts(x_0)), target)
    return distances.reshape(-1, len(x_0)).amin(dim=0)
