def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)
    loss = nn.functional.mse_loss(unet(z), x)
    accuracy = (unet(z) - x).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
