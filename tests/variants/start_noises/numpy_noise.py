import numpy as np

def start_noises(count, seed):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((count, 3, 64, 64), dtype=np.float32))
