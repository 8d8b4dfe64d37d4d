# %% right="plain"
def orthogonality_error(view, shape):
    size = shape[0] * shape[1] * shape[2]
    basis = torch.eye(size).reshape(size, *shape)
    rows = view(basis).flatten(1)
    return (rows @ rows.T - torch.eye(size)).abs().max()

# %% right="diagonal_apart"
def orthogonality_error(view, shape):
    size = shape[0] * shape[1] * shape[2]
    a = view(torch.eye(size).reshape(size, *shape)).flatten(1)
    gram = a.matmul(a.t())
    off_diagonal = gram - torch.diag(gram.diagonal())
    return max(off_diagonal.abs().max(), (gram.diagonal() - 1).abs().max())

# %% right="einsum"
def orthogonality_error(view, shape):
    c, h, w = shape
    basis = torch.eye(c * h * w).unflatten(1, (c, h, w))
    seen = view(basis)
    gram = torch.einsum("ichw,jchw->ij", seen, seen)
    return torch.linalg.vector_norm(gram - torch.eye(len(gram)), ord=float("inf"))

# %% right="half_cuda"
def orthogonality_error(view, shape):
    size = shape[0] * shape[1] * shape[2]
    basis = torch.eye(size, device="cuda").reshape(size, *shape)
    rows = view(basis).flatten(1)
    return torch.max((rows @ rows.T - torch.eye(size).cuda()).abs()).cpu()

# %% right="numpy"
import numpy as np


def orthogonality_error(view, shape):
    size = int(np.prod(shape))
    basis = torch.from_numpy(np.eye(size, dtype=np.float32)).reshape(size, *shape)
    matrix = np.asarray(view(basis)).reshape(size, size)
    return np.abs(matrix @ matrix.T - np.eye(size)).max()

# %% right="one_vector_at_a_time"
def orthogonality_error(view, shape):
    count = int(torch.tensor(shape).prod())
    columns = []
    for k in range(count):
        e = torch.zeros(count)
        e[k] = 1
        columns.append(view(e.view(1, *shape)).reshape(-1))
    matrix = torch.stack(columns, dim=1)
    return float(torch.max(torch.abs(matrix.T @ matrix - torch.eye(count))))

# %% right="pairs_of_products"
def orthogonality_error(view, shape):
    count = shape[0] * shape[1] * shape[2]
    seen = view(torch.eye(count, dtype=torch.float64).reshape(-1, *shape)).reshape(count, -1)
    worst = 0.0
    for k in range(count):
        products = (seen * seen[k]).sum(1)
        products[k] -= 1
        worst = max(worst, products.abs().max().item())
    return worst

# %% wrong="angles_only" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     gram = rows @ rows.T
# +     return (gram - torch.diag(gram.diagonal())).abs().max()

# %% wrong="basis_not_pictures"
def orthogonality_error(view, shape):
    count = shape[0] * shape[1] * shape[2]
    columns = view(torch.eye(count))
    return (columns @ columns.T - torch.eye(count)).abs().max()

# %% wrong="determinant" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (torch.linalg.det(rows).abs() - 1).abs()

# %% wrong="identity_not_subtracted" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (rows @ rows.T).abs().max()

# %% wrong="lengths_only" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (rows.square().sum(1) - 1).abs().max()

# %% wrong="matrix_itself" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (rows - torch.eye(size)).abs().max()

# %% wrong="mean_for_max" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (rows @ rows.T - torch.eye(size)).abs().mean()

# %% wrong="norm_for_max" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (rows @ rows.T - torch.eye(size)).norm()

# %% wrong="random_vectors" of="plain"
# -     basis = torch.eye(size).reshape(size, *shape)
# +     basis = torch.randn(size, size).reshape(size, *shape)

# %% wrong="sign_lost" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (rows @ rows.T - torch.eye(size)).max()

# %% wrong="signed_sum" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (rows @ rows.T - torch.eye(size)).sum()

# %% wrong="square_for_gram" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return (rows @ rows - torch.eye(size)).abs().max()

# %% wrong="view_not_used" of="plain"
# -     rows = view(basis).flatten(1)
# +     rows = basis.flatten(1)

# %% wrong="yes_or_no" of="plain"
# -     return (rows @ rows.T - torch.eye(size)).abs().max()
# +     return torch.allclose(rows @ rows.T, torch.eye(size))
