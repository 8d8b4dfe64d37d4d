def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval()

    def draw(x):
        for t in scheduler.timesteps.tolist():
            bar = scheduler.alphas_cumprod[t]
            x = x.detach().requires_grad_()
            eps = unet(scheduler.scale_model_input(x, t), t).sample
            value = loss((x - (1 - bar) ** 0.5 * eps) / bar**0.5)
            gradient, = torch.autograd.grad(value, x, grad_outputs=torch.ones_like(value))
            with torch.no_grad():
                x = scheduler.step(eps, t, x - scale * bar * gradient).prev_sample
        return x

    return torch.cat([draw(x) for x in x_T.split(1)])
