def diversity(pictures):
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    difference = (pictures[first] - pictures[second]).flatten(1)
    return difference.square().mean().sqrt()
