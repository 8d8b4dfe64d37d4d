def orthogonality_error(view, shape):
    count = shape[0] * shape[1] * shape[2]
    columns = view(torch.eye(count))
    return (columns @ columns.T - torch.eye(count)).abs().max()
