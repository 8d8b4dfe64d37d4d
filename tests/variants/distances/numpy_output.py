import numpy as np


def distances(original, edits):
    difference = np.concatenate([edit.numpy() for edit in edits]) - original.numpy()
    return np.sqrt((difference**2).mean(axis=(1, 2, 3)))
