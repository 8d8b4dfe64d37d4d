def forward(im, t):
    steps = torch.as_tensor(t).reshape(1).expand(len(im))
    return stage_1.scheduler.add_noise(im, torch.randn_like(im), steps)
