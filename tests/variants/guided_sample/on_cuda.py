def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.cuda().eval()
    x = x_T.cuda()
    bars = scheduler.alphas_cumprod.to("cuda")
    for t in scheduler.timesteps.cuda():
        x = x.detach().requires_grad_()
        eps = unet(scheduler.scale_model_input(x, t), t).sample
        x0 = (x - torch.sqrt(1 - bars[t]) * eps) / torch.sqrt(bars[t])
        gradient = torch.autograd.grad(scale * loss(x0).sum(), x)[0]
        x = scheduler.step(eps.detach(), t, x.detach() - bars[t] * gradient).prev_sample
    return x.cpu()
