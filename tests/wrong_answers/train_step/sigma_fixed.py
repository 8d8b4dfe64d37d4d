def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, 0.5)
    loss = nn.functional.mse_loss(unet(z), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
