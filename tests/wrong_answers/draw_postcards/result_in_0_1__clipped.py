@torch.no_grad()
def draw_postcards(unet, scheduler, x_T):
    unet.eval()
    x_t = x_T
    for t in scheduler.timesteps:
        eps = unet(scheduler.scale_model_input(x_t, t), t).sample
        x_t = scheduler.step(eps, t, x_t).prev_sample
    return (x_t / 2 + 0.5).clamp(0, 1)
