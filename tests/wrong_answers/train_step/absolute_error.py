def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)
    loss = nn.functional.l1_loss(unet(z), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
