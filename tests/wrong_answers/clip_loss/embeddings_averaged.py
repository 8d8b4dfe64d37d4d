def clip_loss(x_0, target, embed, cutouts):
    features = embed(cutouts(x_0))
    return great_circle(features.reshape(-1, len(x_0), features.shape[-1]).mean(dim=0), target)
