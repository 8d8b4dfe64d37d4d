def train_step(unet, optimizer, x, sigma):
    loss = ((unet(add_noise(x, sigma)) - x) ** 2).mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()
