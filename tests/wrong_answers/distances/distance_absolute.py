def distances(original, edits):
    return [(edit - original).abs().mean().item() for edit in edits]
