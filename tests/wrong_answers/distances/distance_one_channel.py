def distances(original, edits):
    return [(edit - original)[0, 0].square().mean().sqrt().item() for edit in edits]
