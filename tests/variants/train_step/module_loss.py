def train_step(unet, optimizer, x, sigma):
    criterion = nn.MSELoss()
    unet.train()
    optimizer.zero_grad(set_to_none=False)
    prediction = unet(x + sigma * torch.randn_like(x))
    loss = criterion(prediction, x)
    loss.backward()
    optimizer.step()
    return float(loss)
