def distances(original, edits):
    return [(edit - original).abs().max().item() for edit in edits]
