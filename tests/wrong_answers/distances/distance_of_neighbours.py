def distances(original, edits):
    result, before = [], original
    for edit in edits:
        result.append((edit - before).square().mean().sqrt().item())
        before = edit
    return result
