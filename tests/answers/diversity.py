# %% right="combinations"
def diversity(pictures):
    from itertools import combinations

    pairs = [((a - b) ** 2).mean() ** 0.5 for a, b in combinations(pictures, 2)]
    return torch.stack(pairs).mean()

# %% right="generator_cuda"
def diversity(pictures):
    y = pictures.cuda()
    distances = ((y[i] - y[j]).norm() / y[0].numel() ** 0.5 for i in range(len(y)) for j in range(len(y)) if i != j)
    return torch.tensor(list(distances)).mean()

# %% right="loops"
def diversity(pictures):
    distances = []
    for i in range(len(pictures)):
        for j in range(i):
            distances.append((pictures[i] - pictures[j]).square().mean().sqrt())
    return sum(distances) / len(distances)

# %% right="matrix"
def diversity(pictures):
    count = len(pictures)
    differences = pictures[:, None] - pictures[None]
    distances = differences.square().mean(dim=(2, 3, 4)).sqrt()
    return distances.sum() / (count * (count - 1))

# %% right="mse_loss"
def diversity(pictures):
    total, pairs = 0.0, 0
    for i, first in enumerate(pictures):
        for second in pictures[i + 1 :]:
            total += torch.nn.functional.mse_loss(first, second).sqrt().item()
            pairs += 1
    return total / pairs

# %% right="numpy"
def diversity(pictures):
    import numpy as np

    flat = np.asarray(pictures, dtype=np.float64).reshape(len(pictures), -1)
    rows, columns = np.triu_indices(len(flat), k=1)
    return np.sqrt(np.mean((flat[rows] - flat[columns]) ** 2, axis=1)).mean()

# %% right="pdist"
def diversity(pictures):
    flat = pictures.flatten(1)
    return torch.pdist(flat).mean() / flat.shape[1] ** 0.5

# %% wrong="absolute_difference"
def diversity(pictures):
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    difference = (pictures[first] - pictures[second]).flatten(1)
    return difference.abs().mean()

# %% wrong="distance_to_mean"
def diversity(pictures):
    return (pictures - pictures.mean(0)).flatten(1).square().mean(1).sqrt().mean()

# %% wrong="first_only"
def diversity(pictures):
    return (pictures[1:] - pictures[0]).flatten(1).square().mean(1).sqrt().mean()

# %% wrong="largest_distance"
def diversity(pictures):
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    difference = (pictures[first] - pictures[second]).flatten(1)
    return difference.square().mean(1).sqrt().max()

# %% wrong="neighbours_only"
def diversity(pictures):
    return (pictures[1:] - pictures[:-1]).flatten(1).square().mean(1).sqrt().mean()

# %% wrong="norm_not_mean"
def diversity(pictures):
    return torch.pdist(pictures.flatten(1)).mean()

# %% wrong="pairs_counted_twice" of="matrix"
# -     distances = differences.square().mean(dim=(2, 3, 4)).sqrt()
# -     return distances.sum() / (count * (count - 1))
# +     return differences.square().mean(dim=(2, 3, 4)).sqrt().sum() / (count * (count - 1) / 2)

# %% wrong="pairs_summed"
def diversity(pictures):
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    difference = (pictures[first] - pictures[second]).flatten(1)
    return difference.square().mean(1).sqrt().sum()

# %% wrong="pairs_with_itself"
def diversity(pictures):
    differences = pictures[:, None] - pictures[None]
    return differences.square().mean(dim=(2, 3, 4)).sqrt().mean()

# %% wrong="root_missing"
def diversity(pictures):
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    difference = (pictures[first] - pictures[second]).flatten(1)
    return difference.square().mean()

# %% wrong="root_of_mean"
def diversity(pictures):
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    difference = (pictures[first] - pictures[second]).flatten(1)
    return difference.square().mean().sqrt()

# %% wrong="signed_difference"
def diversity(pictures):
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    difference = (pictures[first] - pictures[second]).flatten(1)
    return difference.mean(1).abs().mean()

# %% wrong="std_over_pictures"
def diversity(pictures):
    return pictures.std(dim=0).mean()

# %% wrong="std_over_pixels"
def diversity(pictures):
    return pictures.std()
