def diversity(pictures):
    differences = pictures[:, None] - pictures[None]
    return differences.square().mean(dim=(2, 3, 4)).sqrt().mean()
