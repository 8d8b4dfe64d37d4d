def orthogonality_error(view, shape):
    c, h, w = shape
    basis = torch.eye(c * h * w).unflatten(1, (c, h, w))
    seen = view(basis)
    gram = torch.einsum("ichw,jchw->ij", seen, seen)
    return torch.linalg.vector_norm(gram - torch.eye(len(gram)), ord=float("inf"))
