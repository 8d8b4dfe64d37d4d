def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval()

    def energy(x, t):
        eps = unet(scheduler.scale_model_input(x, t), t).sample
        return loss(predicted_x_0(scheduler, x, t, eps)).sum(), eps.detach()

    x = x_T
    for t in scheduler.timesteps:
        with torch.enable_grad():
            leaf = x.detach().requires_grad_()
            value, eps = energy(leaf, t)
            value.backward()
        x = scheduler.step(eps, t, x - scale * float(scheduler.alphas_cumprod[t]) * leaf.grad)[0]
    return x
