def distances(original, edits):
    return [(edit - original).square().mean().sqrt().item() for edit in edits]
