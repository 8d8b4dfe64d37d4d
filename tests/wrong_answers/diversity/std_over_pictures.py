def diversity(pictures):
    return pictures.std(dim=0).mean()
