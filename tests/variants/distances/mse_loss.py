import math


def distances(original, edits):
    return tuple(math.sqrt(torch.nn.functional.mse_loss(edit, original)) for edit in edits)
