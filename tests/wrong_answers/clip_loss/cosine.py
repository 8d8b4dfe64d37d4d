def clip_loss(x_0, target, embed, cutouts):
    distances = 1 - F.cosine_similarity(embed(cutouts(x_0)), target)
    return distances.reshape(-1, len(x_0)).mean(dim=0)
