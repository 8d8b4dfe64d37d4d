def clip_loss(x_0, target, embed, cutouts):
    distances = great_circle(embed(x_0), target)
    return distances.reshape(-1, len(x_0)).mean(dim=0)
