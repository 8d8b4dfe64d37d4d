def forward(im, t):
    abar = alphas_cumprod.to("cuda")[t]
    noise = torch.randn(im.shape, device="cuda", dtype=torch.float16)
    return (torch.sqrt(abar) * im.half().cuda() + torch.sqrt(1 - abar) * noise).half()
