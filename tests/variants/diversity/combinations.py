def diversity(pictures):
    from itertools import combinations

    pairs = [((a - b) ** 2).mean() ** 0.5 for a, b in combinations(pictures, 2)]
    return torch.stack(pairs).mean()
