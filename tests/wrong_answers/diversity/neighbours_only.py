def diversity(pictures):
    return (pictures[1:] - pictures[:-1]).flatten(1).square().mean(1).sqrt().mean()
