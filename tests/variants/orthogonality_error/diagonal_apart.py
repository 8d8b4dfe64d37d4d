def orthogonality_error(view, shape):
    size = shape[0] * shape[1] * shape[2]
    a = view(torch.eye(size).reshape(size, *shape)).flatten(1)
    gram = a.matmul(a.t())
    off_diagonal = gram - torch.diag(gram.diagonal())
    return max(off_diagonal.abs().max(), (gram.diagonal() - 1).abs().max())
