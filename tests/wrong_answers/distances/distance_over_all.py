def distances(original, edits):
    return (torch.cat(edits) - original).square().mean().sqrt().item()
