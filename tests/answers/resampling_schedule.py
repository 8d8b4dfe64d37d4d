# %% right="as_diffusers"
def resampling_schedule(T, jump_length, n_resample):
    jumps = {}
    for j in range(0, T - jump_length, jump_length):
        jumps[j] = n_resample - 1
    t, times = T, []
    while t >= 1:
        t = t - 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] = jumps[t] - 1
            for _ in range(jump_length):
                t = t + 1
                times.append(t)
    times.append(-1)
    return times

# %% right="class_of_counters"
from collections import Counter


class Walk:
    def __init__(self, T, jump_length, n_resample):
        self.T, self.jump, self.n, self.visits = T, jump_length, n_resample, Counter()
        self.times = [T - 1]

    def goes_back(self, t):
        if t < 0 or t % self.jump or t + self.jump > self.T - 1:
            return False
        self.visits[t] += 1
        return self.visits[t] < self.n

    def run(self):
        while self.times[-1] >= 0:
            t = self.times[-1] - 1
            self.times.append(t)
            if self.goes_back(t):
                self.times.extend(t + k for k in range(1, self.jump + 1))
        return self.times


def resampling_schedule(T, jump_length, n_resample):
    return tuple(Walk(T, jump_length, n_resample).run())

# %% right="diffusers_inside"
from diffusers import RePaintScheduler


def resampling_schedule(T, jump_length, n_resample):
    scheduler = RePaintScheduler(num_train_timesteps=T)
    scheduler.set_timesteps(T, jump_length, n_resample)
    return [*scheduler.timesteps.tolist(), -1]

# %% right="generator"
def walk(T, jump_length, n_resample):
    left = {place: n_resample - 1 for place in range(0, T - jump_length, jump_length)}
    t, up = T - 1, 0
    yield t
    while t > -1:
        if up == 0 and left.get(t, 0):
            left[t] -= 1
            up = jump_length
        step = 1 if up else -1
        up -= up > 0
        t += step
        yield t


def resampling_schedule(T, jump_length, n_resample):
    return list(walk(T, jump_length, n_resample))

# %% right="numpy_array"
import numpy as np


def resampling_schedule(T, jump_length, n_resample):
    pieces = []
    for t in np.arange(T - 1, -2, -1):
        pieces.append(np.array([t]))
        if t >= 0 and t % jump_length == 0 and t < T - jump_length:
            up = np.arange(t + 1, t + jump_length + 1)
            down = np.arange(t + jump_length - 1, t - 1, -1)
            pieces.extend([up, down] * (n_resample - 1))
    return np.concatenate(pieces)

# %% right="recursive"
# What happens at one place: walk to it, then (n - 1) times up and down again, each time through the places above it no more.
def resampling_schedule(T, jump_length, n_resample):
    def from_level(t):
        if t < 0:
            return [-1]
        again = n_resample - 1 if t % jump_length == 0 and t < T - 1 and t + jump_length < T else 0
        loop = [*range(t + 1, t + jump_length + 1), *range(t + jump_length - 1, t - 1, -1)]
        return [t, *again * loop, *from_level(t - 1)]

    return from_level(T - 1)

# %% right="tensor"
def resampling_schedule(T, jump_length, n_resample):
    steps = []
    for t in range(T - 1, -1, -1):
        if t % jump_length == 0 and t < T - jump_length:
            steps += ([1] * jump_length + [-1] * jump_length) * (n_resample - 1)
        steps += [-1]
    return torch.cumsum(torch.tensor([T - 1, *steps]), dim=0)

# %% wrong="ascending"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times[::-1]

# %% wrong="counted_from_the_top"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys([T - 1 - place for place in range(jump_length, T, jump_length)], n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="ends_at_0"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times[:-1]

# %% wrong="first_jump_missing"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(jump_length, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="first_jump_missing__truth"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if t > 0 and jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="jump_off_by_one"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(1, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="jump_off_by_one__late"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t + 1, 0) > 0:
            jumps[t + 1] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="jump_too_long"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 2)
            t = times[-1]
    return times

# %% wrong="jump_too_short"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length) or [t]
            t = times[-1]
    return times

# %% wrong="jump_without_its_levels"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += [t + jump_length]
            t += jump_length
    return times

# %% wrong="jumps_at_the_top"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="jumps_at_the_top__by_one"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length + 1, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="jumps_everywhere"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="jumps_once"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="never_back"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
    return times

# %% wrong="numbers_swapped"
def resampling_schedule(T, n_resample, jump_length):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="one_resample_too_few"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 1:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="one_resample_too_many"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times

# %% wrong="starts_at_T"
def resampling_schedule(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [T, t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times
