def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval()
    x = x_T
    for t in scheduler.timesteps:
        x = x.detach().requires_grad_()
        noise_pred = unet(scheduler.scale_model_input(x, t), t).sample
        x0 = scheduler.step(noise_pred, t, x).pred_original_sample
        cond_grad = -torch.autograd.grad(loss(x0).sum() * scale, x)[0]
        x = x.detach() + cond_grad * scheduler.alphas_cumprod[t]
        x = scheduler.step(noise_pred, t, x).prev_sample
    return x.detach()
