def great_circle(a, b):
    cosine = F.cosine_similarity(a, b, dim=-1)
    return 2 * torch.arcsin(((1 - cosine) / 2).clamp(min=1e-9).sqrt()).square()
