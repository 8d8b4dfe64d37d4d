@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    for step in range(steps):
        x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
    return x.numpy()
