def distances(original, edits):
    original = original.half().cuda()
    return [(edit.half().cuda() - original).float().square().mean().sqrt().cpu() for edit in edits]
