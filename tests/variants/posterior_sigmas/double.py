def posterior_sigmas(betas):
    bars = (1 - betas.double()).log().cumsum(0).exp()
    before = bars.roll(1)
    before[0] = 1
    return (betas * (1 - before) / (1 - bars)) ** 0.5
