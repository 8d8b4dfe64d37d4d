def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval()
    x_t = x_T
    for i, t in enumerate(scheduler.timesteps):
        x_t = x_t.detach().requires_grad_()
        eps = unet(scheduler.scale_model_input(x_t, t), t).sample
        x_0_pred = (lambda a: (x_t - (1 - a).sqrt() * eps) / a.sqrt())(scheduler.alphas_cumprod[i])
        gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
        x_t = x_t.detach() - scale * scheduler.alphas_cumprod[i] * gradient
        x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
    return x_t
