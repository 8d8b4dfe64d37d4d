def distances(original, edits):
    return [(edit - original).mean().abs().item() for edit in edits]
