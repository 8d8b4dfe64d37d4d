# %% right="as_the_chapter"
@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    for step in range(steps):
        x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
    return x

# %% right="difference_of_times"
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

# %% right="in_place"
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

# %% right="linspace"
@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    for t in torch.linspace(0, 1, steps + 1)[:-1]:
        x = x + unet(x, t.expand(count)) * (1 / steps)
    return x

# %% right="numpy_out"
@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    for step in range(steps):
        x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
    return x.numpy()

# %% right="while_loop"
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

# %% wrong="backwards" of="as_the_chapter"
# -         x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
# +         x = x - unet(x, torch.full((count,), step / steps, device=place)) / steps

# %% wrong="from_1_to_0" of="as_the_chapter"
# -         x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
# +         x = x + unet(x, torch.full((count,), 1 - step / steps, device=place)) / steps

# %% wrong="noise_added" of="as_the_chapter"
# -         x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
# +         x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps + 0.1 * torch.randn_like(x)

# %% wrong="step_size_missing" of="as_the_chapter"
# -         x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
# +         x = x + unet(x, torch.full((count,), step / steps, device=place))

# %% wrong="t_not_normalised" of="as_the_chapter"
# -         x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
# +         x = x + unet(x, torch.full((count,), float(step), device=place)) / steps

# %% wrong="training_mode" of="as_the_chapter"
# -     unet.eval()
