def great_circle(a, b):
    a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    return (2 * ((a - b).norm(dim=-1) / 2).arcsin()) ** 2
