def great_circle(a, b):
    a = a / a.square().sum(dim=1, keepdim=True).sqrt()
    b = b / b.square().sum(dim=1, keepdim=True).sqrt()
    chord = ((a - b) ** 2).sum(1) ** 0.5
    return 2 * torch.asin(chord / 2) ** 2
