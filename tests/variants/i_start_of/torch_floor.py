def i_start_of(strength, timesteps):
    N = torch.tensor(len(timesteps) - 1)
    return N - torch.floor(N * strength).long()
