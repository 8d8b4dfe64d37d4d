def diversity(pictures):
    flat = pictures.flatten(1)
    return torch.pdist(flat).mean() / flat.shape[1] ** 0.5
