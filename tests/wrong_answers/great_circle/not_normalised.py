def great_circle(a, b):
    return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
