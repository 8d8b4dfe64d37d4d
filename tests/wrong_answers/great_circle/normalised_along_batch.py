def great_circle(a, b):
    a, b = F.normalize(a, dim=0), F.normalize(b, dim=0)
    return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
