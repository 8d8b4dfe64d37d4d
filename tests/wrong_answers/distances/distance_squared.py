def distances(original, edits):
    return [(edit - original).square().mean().item() for edit in edits]
