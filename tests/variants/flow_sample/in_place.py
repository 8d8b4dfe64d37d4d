@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    for step in range(steps):
        velocity = unet(x.clone(), torch.full((count, 1), step / steps))
        x.add_(velocity, alpha=1 / steps)
    return x
