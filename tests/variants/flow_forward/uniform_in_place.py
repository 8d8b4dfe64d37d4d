def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    t = torch.empty(len(x_0)).uniform_(0, 1)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet((1 - share) * eps + share * x_0, t)
    return nn.functional.mse_loss(velocity, x_0 - eps)
