# What happens at one place: walk to it, then (n - 1) times up and down again, each time through the places above it no more.
def resampling_schedule(T, jump_length, n_resample):
    def from_level(t):
        if t < 0:
            return [-1]
        again = n_resample - 1 if t % jump_length == 0 and t < T - 1 and t + jump_length < T else 0
        loop = [*range(t + 1, t + jump_length + 1), *range(t + jump_length - 1, t - 1, -1)]
        return [t, *again * loop, *from_level(t - 1)]

    return from_level(T - 1)
