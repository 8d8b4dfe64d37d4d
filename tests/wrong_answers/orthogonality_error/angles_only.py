def orthogonality_error(view, shape):
    size = shape[0] * shape[1] * shape[2]
    basis = torch.eye(size).reshape(size, *shape)
    rows = view(basis).flatten(1)
    gram = rows @ rows.T
    return (gram - torch.diag(gram.diagonal())).abs().max()
