# %% right="as_the_chapter"
def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.rand(len(x_0), device=x_0.device)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet((1 - share) * eps + share * x_0, t)
    return nn.functional.mse_loss(velocity, x_0 - eps)

# %% right="column_of_times"
def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.rand(len(x_0), device=x_0.device)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet((1 - share) * eps + share * x_0, t[:, None])
    return nn.functional.mse_loss(velocity, x_0 - eps)

# %% right="double"
def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.rand(len(x_0), dtype=torch.float64)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet((1 - share) * eps + share * x_0, t)
    return nn.functional.mse_loss(velocity, x_0 - eps)

# %% right="from_noise"
def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.rand(len(x_0), device=x_0.device)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet(eps + share * (x_0 - eps), t)
    return nn.functional.mse_loss(velocity, x_0 - eps)

# %% right="lerp"
def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.rand(len(x_0), device=x_0.device)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet(torch.lerp(eps, x_0, share.to(x_0.dtype)), t)
    return nn.functional.mse_loss(velocity, x_0 - eps)

# %% right="own_mean"
def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.rand(len(x_0), device=x_0.device)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet((1 - share) * eps + share * x_0, t)
    return ((x_0 - eps - velocity) ** 2).mean()

# %% right="uniform_in_place"
def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.empty(len(x_0)).uniform_(0, 1)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet((1 - share) * eps + share * x_0, t)
    return nn.functional.mse_loss(velocity, x_0 - eps)

# %% wrong="noise_missing" of="as_the_chapter"
# -     velocity = unet((1 - share) * eps + share * x_0, t)
# +     velocity = unet(share * x_0, t)

# %% wrong="noise_not_scaled" of="as_the_chapter"
# -     velocity = unet((1 - share) * eps + share * x_0, t)
# +     velocity = unet(eps + share * x_0, t)

# %% wrong="one_time_for_all" of="as_the_chapter"
# -     t = torch.rand(len(x_0), device=x_0.device)
# +     t = torch.rand(1).repeat(len(x_0))

# %% wrong="path_reversed" of="as_the_chapter"
# -     velocity = unet((1 - share) * eps + share * x_0, t)
# +     velocity = unet(share * eps + (1 - share) * x_0, t)

# %% wrong="signal_not_scaled" of="as_the_chapter"
# -     velocity = unet((1 - share) * eps + share * x_0, t)
# +     velocity = unet((1 - share) * eps + x_0, t)

# %% wrong="square_roots" of="as_the_chapter"
# -     velocity = unet((1 - share) * eps + share * x_0, t)
# +     velocity = unet((1 - share).sqrt() * eps + share.sqrt() * x_0, t)

# %% wrong="target_is_noise" of="as_the_chapter"
# -     return nn.functional.mse_loss(velocity, x_0 - eps)
# +     return nn.functional.mse_loss(velocity, eps)

# %% wrong="target_is_x_0" of="as_the_chapter"
# -     return nn.functional.mse_loss(velocity, x_0 - eps)
# +     return nn.functional.mse_loss(velocity, x_0)

# %% wrong="times_are_whole" of="as_the_chapter"
# -     t = torch.rand(len(x_0), device=x_0.device)
# +     t = torch.randint(0, 2, (len(x_0),)).float()

# %% wrong="velocity_reversed" of="as_the_chapter"
# -     return nn.functional.mse_loss(velocity, x_0 - eps)
# +     return nn.functional.mse_loss(velocity, eps - x_0)
