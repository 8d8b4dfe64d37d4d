def distances(original, edits):
    return [(edit - original).square().mean((2, 3)).sqrt().mean().item() for edit in edits]
