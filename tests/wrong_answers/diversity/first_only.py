def diversity(pictures):
    return (pictures[1:] - pictures[0]).flatten(1).square().mean(1).sqrt().mean()
