import numpy as np


def orthogonality_error(view, shape):
    size = int(np.prod(shape))
    basis = torch.from_numpy(np.eye(size, dtype=np.float32)).reshape(size, *shape)
    matrix = np.asarray(view(basis)).reshape(size, size)
    return np.abs(matrix @ matrix.T - np.eye(size)).max()
