def train_step(unet, optimizer, x, sigma):
    z = add_noise(x, sigma)
    parameters = [p for p in unet.parameters() if p.requires_grad]
    loss = nn.functional.mse_loss(unet(z), x)
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        parameter.grad = gradient
    optimizer.step()
    return loss.item()
