def distances(original, edits):
    return [(10 * torch.log10(4 / (edit - original).square().mean())).item() for edit in edits]
