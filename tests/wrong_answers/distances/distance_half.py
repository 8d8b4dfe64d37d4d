def distances(original, edits):
    return [((edit + 1) / 2 - (original + 1) / 2).square().mean().sqrt().item() for edit in edits]
