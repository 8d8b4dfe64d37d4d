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
