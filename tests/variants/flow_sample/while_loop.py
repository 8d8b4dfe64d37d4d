@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    step = 0
    while step < steps:
        x = x + 1 / steps * unet(x, torch.tensor([step / steps] * count))
        step += 1
    return x
