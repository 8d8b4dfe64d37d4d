def clip_loss(x_0, target, embed, cutouts):
    features = embed(cutouts(x_0))
    return torch.stack([great_circle(features[b :: len(x_0)], target).mean() for b in range(len(x_0))])
