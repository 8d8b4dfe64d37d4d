def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)

    def closure():
        optimizer.zero_grad()
        loss = (unet(z) - x).square().mean()
        loss.backward()
        return loss

    return optimizer.step(closure).item()
