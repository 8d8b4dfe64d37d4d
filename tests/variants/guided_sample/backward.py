def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval().requires_grad_(False)
    x = x_T
    for i, t in enumerate(scheduler.timesteps):
        x = x.detach().clone().requires_grad_(True)
        noise_pred = unet(scheduler.scale_model_input(x, t), t, return_dict=False)[0]
        x0 = predicted_x_0(scheduler, x, t, noise_pred)
        (loss(x0) * scale).sum().backward()
        x = (x - scheduler.alphas_cumprod[t] * x.grad).detach()
        x = scheduler.step(noise_pred.detach(), t, x).prev_sample
    return x
