@torch.no_grad()
def draw_postcards(unet, scheduler, x_T):
    unet.eval()
    x_t = x_T
    for i, t in enumerate(scheduler.timesteps):
        eps = unet(scheduler.scale_model_input(x_t, t), t).sample
        x_t = scheduler.step(eps, scheduler.timesteps[max(i - 1, 0)], x_t).prev_sample
    return x_t
