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
