# %% right="plain"
def great_circle(a, b):
    a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2

# %% right="by_angle"
def great_circle(a, b):
    cosine = (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1))
    return cosine.clamp(-1, 1).arccos() ** 2 / 2

# %% right="by_vector"
def great_circle(a, b):
    b = b.reshape(-1) / torch.linalg.vector_norm(b)
    return torch.stack([2 * torch.arcsin(torch.dist(each / each.norm(), b) / 2).square() for each in a])

# %% right="chained"
def great_circle(x, y):
    x = F.normalize(x, dim=-1)
    y = F.normalize(y, dim=-1)
    return x.sub(y).norm(dim=-1).div(2).arcsin().pow(2).mul(2)

# %% right="half_angle"
def great_circle(a, b):
    cosine = F.cosine_similarity(a, b, dim=-1)
    return 2 * torch.arcsin(((1 - cosine) / 2).clamp(min=1e-9).sqrt()).square()

# %% right="long_hand"
def great_circle(a, b):
    a = a / a.square().sum(dim=1, keepdim=True).sqrt()
    b = b / b.square().sum(dim=1, keepdim=True).sqrt()
    chord = ((a - b) ** 2).sum(1) ** 0.5
    return 2 * torch.asin(chord / 2) ** 2

# %% right="on_cuda"
def great_circle(a, b):
    unit = lambda v: v.cuda() / v.cuda().norm(p=2, dim=-1, keepdim=True)
    return (torch.linalg.norm(unit(a) - unit(b), dim=-1) / 2).asin().square() + (torch.linalg.norm(unit(a) - unit(b), dim=-1) / 2).asin().square()

# %% wrong="angle_squared" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return (2 * ((a - b).norm(dim=-1) / 2).arcsin()) ** 2

# %% wrong="chord" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return (a - b).norm(dim=-1)

# %% wrong="cosine" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return 1 - (a * b).sum(-1)

# %% wrong="cosine__by_half_chord" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return 2 * ((a - b).norm(dim=-1) / 2) ** 2

# %% wrong="factor_missing" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return ((a - b).norm(dim=-1) / 2).arcsin() ** 2

# %% wrong="half_missing" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return 2 * ((a - b).norm(dim=-1)).arcsin() ** 2

# %% wrong="normalised_along_batch" of="plain"
# -     a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
# +     a, b = F.normalize(a, dim=0), F.normalize(b, dim=0)

# %% wrong="not_differentiable" of="plain"
# -     a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
# +     a, b = F.normalize(a.detach(), dim=-1), F.normalize(b, dim=-1)

# %% wrong="not_normalised" of="plain"
# -     a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)

# %% wrong="not_squared" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return 2 * ((a - b).norm(dim=-1) / 2).arcsin()

# %% wrong="one_not_normalised" of="plain"
# -     a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
# +     a = F.normalize(a, dim=-1)

# %% wrong="one_number" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return 2 * ((a - b).norm(dim=-1) / 2).arcsin().square().mean()

# %% wrong="similarity" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return (a * b).sum(-1)

# %% wrong="sine_for_arcsine" of="plain"
# -     return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
# +     return 2 * ((a - b).norm(dim=-1) / 2).sin() ** 2
