def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.rand(len(x_0), device=x_0.device)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet(eps + share * x_0, t)
    return nn.functional.mse_loss(velocity, x_0 - eps)
