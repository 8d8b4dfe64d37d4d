def distances(original, edits):
    return (torch.cat(edits) - original).pow(2).mean(dim=(1, 2, 3)).sqrt()
