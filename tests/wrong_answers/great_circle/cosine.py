def great_circle(a, b):
    a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    return 1 - (a * b).sum(-1)
