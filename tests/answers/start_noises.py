# %% right="plain"
def start_noises(count, seed, size=64):
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))

# %% right="global_seed"
def start_noises(count, seed, size=64):
    torch.manual_seed(seed)
    return torch.randn((count, 3, size, size))

# %% right="in_place"
def start_noises(count, seed, size=64):
    with torch.random.fork_rng():
        torch.random.manual_seed(seed)
        return torch.empty(count, 3, size, size).normal_()

# %% right="numpy_noise"
import numpy as np

def start_noises(count, seed, size=64):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((count, 3, size, size), dtype=np.float32))

# %% right="of_the_course"
def start_noises(count, seed, size=64):
    return torch.randn((count, 3, size, size), generator=generator(seed))

# %% right="on_cuda"
def start_noises(count, seed, size=64):
    source = torch.Generator("cpu").manual_seed(seed)
    return torch.randn((count, 3, size, size), generator=source).cuda()

# %% right="one_by_one"
def start_noises(count, seed, size=64):
    return torch.stack([torch.randn(3, size, size, generator=torch.Generator().manual_seed(1000 * seed + n)) for n in range(count)])

# %% wrong="fixed_seed" of="plain"
# -     return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
# +     return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(0))

# %% wrong="noise_shared" of="plain"
# -     return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
# +     return torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(seed)).expand(count, -1, -1, -1)

# %% wrong="not_seeded__at_all" of="plain"
# -     return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
# +     return torch.randn(count, 3, size, size)

# %% wrong="not_seeded__generator_unused" of="plain"
# -     return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
# +     source = torch.Generator().manual_seed(seed)
# +     return torch.randn(count, 3, size, size)

# %% wrong="not_seeded__on_cuda_only" of="plain"
# -     return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
# +     torch.cuda.manual_seed(seed)
# +     return torch.randn(count, 3, size, size)

# %% wrong="size_ignored" of="plain"
# -     return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
# +     return torch.randn(count, 3, 64, 64, generator=torch.Generator().manual_seed(seed))

# %% wrong="uniform_noise" of="plain"
# -     return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
# +     return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(seed))
