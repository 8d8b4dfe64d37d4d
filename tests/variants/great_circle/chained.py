def great_circle(x, y):
    x = F.normalize(x, dim=-1)
    y = F.normalize(y, dim=-1)
    return x.sub(y).norm(dim=-1).div(2).arcsin().pow(2).mul(2)
