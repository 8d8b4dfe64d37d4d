def clip_loss(x_0, target, embed, cutouts):
    by_cut = cutouts(x_0).split(len(x_0))
    return torch.stack([great_circle(embed(cut), target) for cut in by_cut]).mean(0)
