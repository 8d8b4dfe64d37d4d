def distances(original, edits):
    return [(edit - original).mean().item() for edit in edits]
