def distances(original, edits):
    for edit in edits:
        return (edit - original).square().mean().sqrt().item()
