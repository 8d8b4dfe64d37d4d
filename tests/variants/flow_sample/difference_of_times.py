@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    times = [step / steps for step in range(steps + 1)]
    for now, then in zip(times, times[1:]):
        x = x + (then - now) * unet(x, torch.full((count,), now))
    return x
