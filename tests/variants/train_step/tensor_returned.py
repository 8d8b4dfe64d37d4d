def train_step(unet, optimizer, x, sigma):
    with torch.enable_grad():
        noise = sigma * torch.randn(x.shape, dtype=x.dtype, device=x.device)
        residual = unet(x + noise) - x
        loss = torch.mean(residual * residual)
    unet.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
