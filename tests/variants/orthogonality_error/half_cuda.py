def orthogonality_error(view, shape):
    size = shape[0] * shape[1] * shape[2]
    basis = torch.eye(size, device="cuda").reshape(size, *shape)
    rows = view(basis).flatten(1)
    return torch.max((rows @ rows.T - torch.eye(size).cuda()).abs()).cpu()
