def orthogonality_error(view, shape):
    size = shape[0] * shape[1] * shape[2]
    basis = torch.eye(size).reshape(size, *shape)
    rows = basis.flatten(1)
    return (rows @ rows.T - torch.eye(size)).abs().max()
