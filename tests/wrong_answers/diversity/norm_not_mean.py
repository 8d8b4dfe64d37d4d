def diversity(pictures):
    return torch.pdist(pictures.flatten(1)).mean()
