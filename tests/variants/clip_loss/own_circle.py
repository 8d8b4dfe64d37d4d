def clip_loss(x_0, target, embed, cutouts):
    features = F.normalize(embed(cutouts(x_0)), dim=-1)
    chord = (features - F.normalize(target, dim=-1)).norm(dim=-1)
    return (2 * (chord / 2).arcsin() ** 2).unflatten(0, (-1, len(x_0))).mean(0)
