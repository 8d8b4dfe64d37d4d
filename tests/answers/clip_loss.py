# %% right="plain"
def clip_loss(x_0, target, embed, cutouts):
    distances = great_circle(embed(cutouts(x_0)), target)
    return distances.reshape(-1, len(x_0)).mean(dim=0)

# %% right="by_picture"
def clip_loss(x_0, target, embed, cutouts):
    features = embed(cutouts(x_0))
    return torch.stack([great_circle(features[b :: len(x_0)], target).mean() for b in range(len(x_0))])

# %% right="chunks"
def clip_loss(x_0, target, embed, cutouts):
    cuts = cutouts(x_0)
    rows = embed(cuts).chunk(len(cuts) // len(x_0))
    return sum(great_circle(row, target) for row in rows) / len(rows)

# %% right="each_cutout_embedded"
def clip_loss(x_0, target, embed, cutouts):
    by_cut = cutouts(x_0).split(len(x_0))
    return torch.stack([great_circle(embed(cut), target) for cut in by_cut]).mean(0)

# %% right="on_cuda"
class ClipLoss(torch.nn.Module):
    def __init__(self, target, embed, cutouts):
        super().__init__()
        self.target, self.embed, self.cutouts = target.cuda(), embed, cutouts

    def forward(self, x_0):
        distances = great_circle(self.embed(self.cutouts(x_0)), self.target.squeeze(0))
        return distances.view(-1, x_0.shape[0]).T.mean(dim=1)


def clip_loss(x_0, target, embed, cutouts):
    return ClipLoss(target, embed, cutouts)(x_0.cuda())

# %% right="one_picture_at_a_time"
def clip_loss(x_0, target, embed, cutouts):
    losses = []
    for picture in x_0.split(1):
        losses.append(great_circle(embed(cutouts(picture)), target).mean())
    return torch.stack(losses)

# %% right="own_circle"
def clip_loss(x_0, target, embed, cutouts):
    features = F.normalize(embed(cutouts(x_0)), dim=-1)
    chord = (features - F.normalize(target, dim=-1)).norm(dim=-1)
    return (2 * (chord / 2).arcsin() ** 2).unflatten(0, (-1, len(x_0))).mean(0)

# %% wrong="cosine" of="plain"
# -     distances = great_circle(embed(cutouts(x_0)), target)
# +     distances = 1 - F.cosine_similarity(embed(cutouts(x_0)), target)

# %% wrong="cutouts_summed" of="plain"
# -     return distances.reshape(-1, len(x_0)).mean(dim=0)
# +     return distances.reshape(-1, len(x_0)).sum(dim=0)

# %% wrong="embeddings_averaged" of="by_picture"
# -     return torch.stack([great_circle(features[b :: len(x_0)], target).mean() for b in range(len(x_0))])
# +     return great_circle(features.reshape(-1, len(x_0), features.shape[-1]).mean(dim=0), target)

# %% wrong="first_cutout" of="plain"
# -     return distances.reshape(-1, len(x_0)).mean(dim=0)
# +     return distances[: len(x_0)]

# %% wrong="made_0_to_1" of="plain"
# -     distances = great_circle(embed(cutouts(x_0)), target)
# +     distances = great_circle(embed(cutouts((x_0 + 1) / 2)), target)

# %% wrong="nearest_cutout" of="plain"
# -     return distances.reshape(-1, len(x_0)).mean(dim=0)
# +     return distances.reshape(-1, len(x_0)).amin(dim=0)

# %% wrong="no_cutouts" of="plain"
# -     distances = great_circle(embed(cutouts(x_0)), target)
# +     distances = great_circle(embed(x_0), target)

# %% wrong="not_averaged" of="plain"
# -     return distances.reshape(-1, len(x_0)).mean(dim=0)
# +     return distances

# %% wrong="not_differentiable" of="plain"
# -     distances = great_circle(embed(cutouts(x_0)), target)
# +     with torch.no_grad():
# +         distances = great_circle(embed(cutouts(x_0)), target)

# %% wrong="one_number" of="plain"
# -     return distances.reshape(-1, len(x_0)).mean(dim=0)
# +     return distances.mean()

# %% wrong="pictures_mixed" of="plain"
# -     return distances.reshape(-1, len(x_0)).mean(dim=0)
# +     return distances.reshape(len(x_0), -1).mean(dim=1)

# %% wrong="scaled_twice" of="plain"
# -     distances = great_circle(embed(cutouts(x_0)), target)
# +     distances = great_circle(embed(cutouts(2 * x_0 - 1)), target)

# %% wrong="sign" of="plain"
# -     return distances.reshape(-1, len(x_0)).mean(dim=0)
# +     return -distances.reshape(-1, len(x_0)).mean(dim=0)
