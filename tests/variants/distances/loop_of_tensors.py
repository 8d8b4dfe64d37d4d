def distances(original, edits):
    result = []
    for edit in edits:
        result.append(torch.sqrt(torch.mean((original - edit) ** 2)))
    return result
