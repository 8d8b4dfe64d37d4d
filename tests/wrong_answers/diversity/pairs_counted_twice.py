def diversity(pictures):
    count = len(pictures)
    differences = pictures[:, None] - pictures[None]
    return differences.square().mean(dim=(2, 3, 4)).sqrt().sum() / (count * (count - 1) / 2)
