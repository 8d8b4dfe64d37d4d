# %% right="plain"
@torch.no_grad()
def sample(model, shape):
    model.eval()
    x = torch.randn(shape)
    for t in range(TIMESTEPS - 1, -1, -1):
        x = p_sample(model, x, t)
    return x

# %% right="keeps_all"
@torch.no_grad()
def sample(model, shape):
    model.eval()
    pictures = [torch.randn(shape)]
    for t in torch.arange(TIMESTEPS).flip(0).tolist():
        pictures.append(p_sample(model, pictures[-1], t))
    return pictures[-1]

# %% right="own_steps"
@torch.no_grad()
def sample(model, shape):
    model.eval()
    x = torch.randn(shape)
    for t in range(TIMESTEPS)[::-1]:
        eps = model(x, torch.full((shape[0],), t))
        x = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
        if t:
            x = x + sigmas[t] * torch.randn_like(x)
    return x

# %% right="reduce"
import functools


def sample(model, shape):
    model = model.eval()
    return functools.reduce(lambda x, t: p_sample(model, x, t), range(TIMESTEPS - 1, -1, -1), torch.randn(shape))

# %% right="reversed"
def sample(model, shape):
    model.eval()
    device = next(model.parameters()).device
    x = torch.randn(*shape, device=device)
    for t in reversed(range(TIMESTEPS)):
        x = p_sample(model, x, t)
    return x

# %% right="train_mode_back"
def sample(model, shape):
    was_training = model.training
    model.train(False)
    try:
        picture = torch.normal(0.0, 1.0, size=shape)
        time = TIMESTEPS
        while time > 0:
            time -= 1
            picture = p_sample(model, picture, time)
    finally:
        model.train(was_training)
    return picture

# %% wrong="alpha_bar_for_alpha" of="plain"
# -         x = p_sample(model, x, t)
# +         eps = model(x, torch.full((len(x),), t))
# +         x = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
# +         x = x + sigmas[t] * torch.randn_like(x)

# %% wrong="beta_for_sigma" of="plain"
# -         x = p_sample(model, x, t)
# +         eps = model(x, torch.full((len(x),), t))
# +         x = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
# +         if t > 0:
# +             x = x + betas[t].sqrt() * torch.randn_like(x)

# %% wrong="noise_missing" of="plain"
# -         x = p_sample(model, x, t)
# +         eps = model(x, torch.full((len(x),), t))
# +         x = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()

# %% wrong="starts_late" of="plain"
# -     for t in range(TIMESTEPS - 1, -1, -1):
# +     for t in range(TIMESTEPS - 2, -1, -1):

# %% wrong="stops_at_1" of="plain"
# -     for t in range(TIMESTEPS - 1, -1, -1):
# +     for t in range(TIMESTEPS - 1, 0, -1):

# %% wrong="training_mode" of="plain"
# -     model.eval()
# +     model.train()

# %% wrong="training_mode__never_set" of="plain"
# -     model.eval()
# +     pass

# %% wrong="wrong_way" of="plain"
# -     for t in range(TIMESTEPS - 1, -1, -1):
# +     for t in range(TIMESTEPS):
