def diversity(pictures):
    return (pictures - pictures.mean(0)).flatten(1).square().mean(1).sqrt().mean()
