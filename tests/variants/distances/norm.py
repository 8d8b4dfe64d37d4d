def distances(original, edits):
    return torch.stack([torch.linalg.vector_norm(edit - original) / original.numel() ** 0.5 for edit in edits])
