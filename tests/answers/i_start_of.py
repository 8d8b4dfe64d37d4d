# %% right="plain"
def i_start_of(strength, timesteps):
    steps = len(timesteps) - 1
    return steps - int(steps * strength)

# %% right="as_diffusers"
def i_start_of(strength, timesteps):
    num_inference_steps = len(timesteps) - 1
    init_timestep = min(int(num_inference_steps * strength), num_inference_steps)
    return max(num_inference_steps - init_timestep, 0)

# %% right="by_slicing"
def i_start_of(strength, timesteps):
    steps = list(zip(timesteps, timesteps[1:]))
    taken = steps[len(steps) - int(strength * len(steps)) :]
    return len(steps) - len(taken)

# %% right="ceil_of_the_rest"
import math


def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return math.ceil(N * (1 - strength) - 1e-9)

# %% right="counting"
def i_start_of(strength, timesteps):
    i, N = len(timesteps) - 1, len(timesteps) - 1
    while i > 0 and N - i + 1 <= strength * N:
        i -= 1
    return i

# %% right="floor"
import math


def i_start_of(strength, timesteps):
    N = len(timesteps[:-1])
    return N - math.floor(strength * N)

# %% right="numpy_output"
import numpy as np


def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return np.int64(N) - np.floor(N * strength).astype(int)

# %% right="torch_floor"
def i_start_of(strength, timesteps):
    N = torch.tensor(len(timesteps) - 1)
    return N - torch.floor(N * strength).long()

# %% wrong="entries_for_steps"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return len(timesteps) - int(len(timesteps) * strength)

# %% wrong="entries_for_steps__once"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return len(timesteps) - int(N * strength)

# %% wrong="not_whole"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return N * (1 - strength)

# %% wrong="one_step_too_early"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return N - int(N * strength) - 1

# %% wrong="returns_time"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return timesteps[N - int(N * strength)]

# %% wrong="same_direction"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return int(N * strength)

# %% wrong="share_of_time"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return [t <= 1000 * strength for t in timesteps].index(True)

# %% wrong="share_of_time__nearest"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return min(range(N + 1), key=lambda i: abs(timesteps[i] - strength * timesteps[0]))

# %% wrong="steps_rounded"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return N - round(N * strength)

# %% wrong="steps_rounded_up"
def i_start_of(strength, timesteps):
    N = len(timesteps) - 1
    return int(N * (1 - strength) + 1e-9)
