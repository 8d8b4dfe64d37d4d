import numpy as np

def start_noises(count, seed, size=64):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((count, 3, size, size), dtype=np.float32))
