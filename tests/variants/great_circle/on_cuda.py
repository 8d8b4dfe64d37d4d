def great_circle(a, b):
    unit = lambda v: v.cuda() / v.cuda().norm(p=2, dim=-1, keepdim=True)
    return (torch.linalg.norm(unit(a) - unit(b), dim=-1) / 2).asin().square() + (torch.linalg.norm(unit(a) - unit(b), dim=-1) / 2).asin().square()
