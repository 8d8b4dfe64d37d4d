def start_noises(count, seed):
    source = torch.Generator("cpu").manual_seed(seed)
    return torch.randn((count, 3, 64, 64), generator=source).cuda()
