def diversity(pictures):
    count = len(pictures)
    differences = pictures[:, None] - pictures[None]
    distances = differences.square().mean(dim=(2, 3, 4)).sqrt()
    return distances.sum() / (count * (count - 1))
