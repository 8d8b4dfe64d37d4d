def start_noises(count, seed, size=64):
    source = torch.Generator("cpu").manual_seed(seed)
    return torch.randn((count, 3, size, size), generator=source).cuda()
