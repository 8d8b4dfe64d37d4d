def orthogonality_error(view, shape):
    count = int(torch.tensor(shape).prod())
    columns = []
    for k in range(count):
        e = torch.zeros(count)
        e[k] = 1
        columns.append(view(e.view(1, *shape)).reshape(-1))
    matrix = torch.stack(columns, dim=1)
    return float(torch.max(torch.abs(matrix.T @ matrix - torch.eye(count))))
