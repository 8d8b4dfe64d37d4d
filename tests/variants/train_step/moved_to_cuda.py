def train_step(unet, optimizer, x, sigma):
    x = x.cuda()
    unet = unet.cuda()
    loss = nn.functional.mse_loss(input=unet(add_noise(x, sigma)), target=x, reduction="mean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.cpu().item()
