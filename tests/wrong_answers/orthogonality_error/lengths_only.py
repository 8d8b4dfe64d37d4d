def orthogonality_error(view, shape):
    size = shape[0] * shape[1] * shape[2]
    basis = torch.eye(size).reshape(size, *shape)
    rows = view(basis).flatten(1)
    return (rows.square().sum(1) - 1).abs().max()
