def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)
    loss = nn.functional.mse_loss(unet(z), x)
    optimizer.zero_grad()
    loss.backward()
    return loss.item()
