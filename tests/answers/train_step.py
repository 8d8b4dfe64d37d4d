# %% right="autograd_grad"
def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)
    parameters = [p for p in unet.parameters() if p.requires_grad]
    loss = nn.functional.mse_loss(unet(z), x)
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        parameter.grad = gradient
    optimizer.step()
    return loss.item()

# %% right="closure"
def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)

    def closure():
        optimizer.zero_grad()
        loss = (unet(z) - x).square().mean()
        loss.backward()
        return loss

    return optimizer.step(closure).item()

# %% right="module_loss"
def train_step(unet, optimizer, x, sigma):
    criterion = nn.MSELoss()
    unet.train()
    optimizer.zero_grad(set_to_none=False)
    prediction = unet(x + sigma * torch.randn_like(x))
    loss = criterion(prediction, x)
    loss.backward()
    optimizer.step()
    return float(loss)

# %% right="moved_to_cuda"
def train_step(unet, optimizer, x, sigma):
    x = x.cuda()
    unet = unet.cuda()
    loss = nn.functional.mse_loss(input=unet(add_noise(x, sigma)), target=x, reduction="mean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.cpu().item()

# %% right="six_lines"
def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)
    loss = nn.functional.mse_loss(unet(z), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

# %% right="tensor_returned"
def train_step(unet, optimizer, x, sigma):
    with torch.enable_grad():
        noise = sigma * torch.randn(x.shape, dtype=x.dtype, device=x.device)
        residual = unet(x + noise) - x
        loss = torch.mean(residual * residual)
    unet.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()

# %% right="zero_grad_at_the_end"
def train_step(unet, optimizer, x, sigma):
    loss = ((unet(add_noise(x, sigma)) - x) ** 2).mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()

# %% wrong="absolute_error" of="six_lines"
# -     loss = nn.functional.mse_loss(unet(z), x)
# +     loss = nn.functional.l1_loss(unet(z), x)

# %% wrong="backward_of_loss" of="six_lines"
# -     loss.backward()
# +     loss.backward(loss)

# %% wrong="called_twice" of="six_lines"
#       loss = nn.functional.mse_loss(unet(z), x)
# +     accuracy = (unet(z) - x).abs().mean()

# %% wrong="clean_input" of="six_lines"
# -     loss = nn.functional.mse_loss(unet(z), x)
# +     loss = nn.functional.mse_loss(unet(x), x)

# %% wrong="gradient_kept" of="six_lines"
# -     optimizer.zero_grad()

# %% wrong="no_step" of="six_lines"
# -     optimizer.step()

# %% wrong="no_step__no_backward" of="six_lines"
# -     loss.backward()

# %% wrong="no_step__zeroed_late" of="six_lines"
#       loss = nn.functional.mse_loss(unet(z), x)
# +     loss.backward()

# -     loss.backward()

# %% wrong="noise_twice" of="six_lines"
# -     z = add_noise(x, sigma)
# +     z = add_noise(add_noise(x, sigma), sigma)

# %% wrong="sigma_fixed" of="six_lines"
# -     z = add_noise(x, sigma)
# +     z = add_noise(x, 0.5)

# %% wrong="step_twice" of="six_lines"
#       optimizer.step()
# +     optimizer.step()

# %% wrong="summed" of="six_lines"
# -     loss = nn.functional.mse_loss(unet(z), x)
# +     loss = nn.functional.mse_loss(unet(z), x, reduction="sum")

# %% wrong="target_is_noise" of="six_lines"
# -     loss = nn.functional.mse_loss(unet(z), x)
# +     loss = nn.functional.mse_loss(unet(z), (z - x) / sigma)

# %% wrong="target_is_noisy" of="six_lines"
# -     loss = nn.functional.mse_loss(unet(z), x)
# +     loss = nn.functional.mse_loss(unet(z), z)
