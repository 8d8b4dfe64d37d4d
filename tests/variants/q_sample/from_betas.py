def q_sample(x0, t, noise=None):
    kept = torch.cumprod(1.0 - torch.linspace(1e-4, 0.02, 200), dim=0)
    if not torch.is_tensor(t):
        t = torch.full((x0.shape[0],), t)
    if noise is None:
        noise = torch.randn_like(x0)
    signal, spread = kept**0.5, (1 - kept) ** 0.5
    return signal[t][:, None, None, None] * x0 + spread[t][:, None, None, None] * noise
