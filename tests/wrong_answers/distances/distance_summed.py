def distances(original, edits):
    return [(edit - original).square().sum().sqrt().item() for edit in edits]
