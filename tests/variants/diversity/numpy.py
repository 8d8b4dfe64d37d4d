def diversity(pictures):
    import numpy as np

    flat = np.asarray(pictures, dtype=np.float64).reshape(len(pictures), -1)
    rows, columns = np.triu_indices(len(flat), k=1)
    return np.sqrt(np.mean((flat[rows] - flat[columns]) ** 2, axis=1)).mean()
