def great_circle(a, b):
    b = b.reshape(-1) / torch.linalg.vector_norm(b)
    return torch.stack([2 * torch.arcsin(torch.dist(each / each.norm(), b) / 2).square() for each in a])
