# %% right="plain"
@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long().tolist()
    x = torch.randn(shape)
    for t, earlier in zip(times, times[1:] + [None]):
        eps = model(x, torch.full((len(x),), t))
        x_0 = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
        if earlier is None:
            return x_0
        x = alphas_cumprod[earlier].sqrt() * x_0 + (1 - alphas_cumprod[earlier]).sqrt() * eps

# %% right="bar_of_one"
@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    x = torch.randn(*shape)
    times = [round(i * (TIMESTEPS - 1) / (steps - 1)) for i in range(steps)][::-1]
    bars = [float(alphas_cumprod[t]) for t in times] + [1.0]
    for i, t in enumerate(times):
        eps = model(x, torch.full((shape[0],), t, dtype=torch.long))
        x_0 = (x - (1 - bars[i]) ** 0.5 * eps) / bars[i] ** 0.5
        x = bars[i + 1] ** 0.5 * x_0 + (1 - bars[i + 1]) ** 0.5 * eps
    return x

# %% right="clamped"
@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    times = torch.linspace(TIMESTEPS - 1, 0, steps).long()
    after = torch.cat([alphas_cumprod[times[1:]], torch.ones(1)])
    x = torch.randn(shape)
    for t, there in zip(times.tolist(), after):
        here = alphas_cumprod[t]
        eps = model(x, torch.full((len(x),), t))
        x_0 = ((x - (1 - here).sqrt() * eps) / here.sqrt()).clamp(-1, 1)
        x = there.sqrt() * x_0 + (1 - there).sqrt() * eps
    return x

# %% right="clamped_again"
@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long().tolist()
    x = torch.randn(shape)
    for t, earlier in zip(times, times[1:] + [-1]):
        a = alphas_cumprod[t]
        b = alphas_cumprod[earlier] if earlier >= 0 else torch.tensor(1.0)
        eps = model(x, torch.full((len(x),), t))
        x_0 = torch.clip((x - (1 - a).sqrt() * eps) / a.sqrt(), -1, 1)
        eps = (x - a.sqrt() * x_0) / (1 - a).sqrt()
        x = b.sqrt() * x_0 + (1 - b).sqrt() * eps
    return x

# %% right="one_line"
@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    x, times = torch.randn(shape), torch.linspace(TIMESTEPS - 1, 0, steps).round().long()
    bars = torch.cat([alphas_cumprod[times], torch.ones(1)])
    for t, a, b in zip(times, bars[:-1], bars[1:]):
        eps = model(x, t.expand(len(x)))
        x = (b / a).sqrt() * x + ((1 - b).sqrt() - (b * (1 - a) / a).sqrt()) * eps
    return x

# %% right="strided"
@torch.no_grad()
def ddim_sample(model, shape, steps):
    model.eval()
    x = torch.randn(shape)
    times = list(range(TIMESTEPS - 1, -1, -(TIMESTEPS // steps)))[:steps]
    for place, t in enumerate(times):
        eps = model(x, torch.tensor([t] * len(x)))
        x = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
        if place + 1 < len(times):
            bar = alphas_cumprod[times[place + 1]]
            x = bar.sqrt() * x + (1 - bar).sqrt() * eps
    return x

# %% wrong="all_times" of="clamped"
# -     times = torch.linspace(TIMESTEPS - 1, 0, steps).long()
# -     after = torch.cat([alphas_cumprod[times[1:]], torch.ones(1)])
# +     times = torch.linspace(TIMESTEPS - 1, 0, TIMESTEPS).round().long().tolist()

# -     for t, there in zip(times.tolist(), after):
# +     for t, earlier in zip(times, times[1:] + [None]):
#           here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = ((x - (1 - here).sqrt() * eps) / here.sqrt()).clamp(-1, 1)
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()

# %% wrong="eps_missing" of="plain"
#       for t, earlier in zip(times, times[1:] + [None]):
# +         here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
# -         if earlier is None:
# -             return x_0
# -         x = alphas_cumprod[earlier].sqrt() * x_0 + (1 - alphas_cumprod[earlier]).sqrt() * eps
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()
# +         x = there.sqrt() * x_0
# +     return x

# %% wrong="factors_swapped" of="plain"
#       for t, earlier in zip(times, times[1:] + [None]):
# +         here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
# -         if earlier is None:
# -             return x_0
# -         x = alphas_cumprod[earlier].sqrt() * x_0 + (1 - alphas_cumprod[earlier]).sqrt() * eps
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()
# +         x = (1 - there).sqrt() * x_0 + there.sqrt() * eps
# +     return x

# %% wrong="factors_without_root" of="plain"
#       for t, earlier in zip(times, times[1:] + [None]):
# +         here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
# -         if earlier is None:
# -             return x_0
# -         x = alphas_cumprod[earlier].sqrt() * x_0 + (1 - alphas_cumprod[earlier]).sqrt() * eps
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()
# +         x = there * x_0 + (1 - there) * eps
# +     return x

# %% wrong="noise_added" of="plain"
#       for t, earlier in zip(times, times[1:] + [None]):
# +         here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
# -         if earlier is None:
# -             return x_0
# -         x = alphas_cumprod[earlier].sqrt() * x_0 + (1 - alphas_cumprod[earlier]).sqrt() * eps
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()
# +         x = there.sqrt() * x_0 + (1 - there).sqrt() * torch.randn_like(x)
# +     return x

# %% wrong="not_to_the_end" of="clamped"
# -     times = torch.linspace(TIMESTEPS - 1, 0, steps).long()
# -     after = torch.cat([alphas_cumprod[times[1:]], torch.ones(1)])
# +     times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long().tolist()

# -     for t, there in zip(times.tolist(), after):
# +     for t, earlier in zip(times, times[1:] + [None]):
#           here = alphas_cumprod[t]
# +         there = alphas_cumprod[0 if earlier is None else earlier]

# -         x_0 = ((x - (1 - here).sqrt() * eps) / here.sqrt()).clamp(-1, 1)
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()

# %% wrong="stays_at_t" of="plain"
#       for t, earlier in zip(times, times[1:] + [None]):
# +         here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
# -         if earlier is None:
# -             return x_0
# -         x = alphas_cumprod[earlier].sqrt() * x_0 + (1 - alphas_cumprod[earlier]).sqrt() * eps
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()
# +         x = here.sqrt() * x_0 + (1 - here).sqrt() * eps
# +     return x

# %% wrong="training_mode" of="clamped"
# -     model.eval()
# -     times = torch.linspace(TIMESTEPS - 1, 0, steps).long()
# -     after = torch.cat([alphas_cumprod[times[1:]], torch.ones(1)])
# +     times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long().tolist()

# -     for t, there in zip(times.tolist(), after):
# +     for t, earlier in zip(times, times[1:] + [None]):
#           here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = ((x - (1 - here).sqrt() * eps) / here.sqrt()).clamp(-1, 1)
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()

# %% wrong="wrong_way" of="clamped"
# -     times = torch.linspace(TIMESTEPS - 1, 0, steps).long()
# -     after = torch.cat([alphas_cumprod[times[1:]], torch.ones(1)])
# +     times = torch.linspace(0, TIMESTEPS - 1, steps).round().long().tolist()

# -     for t, there in zip(times.tolist(), after):
# +     for t, earlier in zip(times, times[1:] + [None]):
#           here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = ((x - (1 - here).sqrt() * eps) / here.sqrt()).clamp(-1, 1)
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()

# %% wrong="x_0_as_next" of="plain"
#       for t, earlier in zip(times, times[1:] + [None]):
# +         here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = (x - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
# -         if earlier is None:
# -             return x_0
# -         x = alphas_cumprod[earlier].sqrt() * x_0 + (1 - alphas_cumprod[earlier]).sqrt() * eps
# +         x_0 = (x - (1 - here).sqrt() * eps) / here.sqrt()
# +         x = x_0
# +     return x

# %% wrong="x_0_not_rescaled" of="clamped"
# -     times = torch.linspace(TIMESTEPS - 1, 0, steps).long()
# -     after = torch.cat([alphas_cumprod[times[1:]], torch.ones(1)])
# +     times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long().tolist()

# -     for t, there in zip(times.tolist(), after):
# +     for t, earlier in zip(times, times[1:] + [None]):
#           here = alphas_cumprod[t]
# +         there = torch.tensor(1.0) if earlier is None else alphas_cumprod[earlier]

# -         x_0 = ((x - (1 - here).sqrt() * eps) / here.sqrt()).clamp(-1, 1)
# +         x_0 = x - (1 - here).sqrt() * eps
