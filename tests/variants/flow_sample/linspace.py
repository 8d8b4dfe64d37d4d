@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    for t in torch.linspace(0, 1, steps + 1)[:-1]:
        x = x + unet(x, t.expand(count)) * (1 / steps)
    return x
