def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)
    loss = nn.functional.mse_loss(unet(z), x)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()
