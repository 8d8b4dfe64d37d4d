from functools import reduce

def draw_postcards(unet, scheduler, x_T):
    unet.eval().requires_grad_(False)

    def step(x, t):
        return scheduler.step(unet(scheduler.scale_model_input(x, t), t).sample, t, x).prev_sample

    return reduce(step, scheduler.timesteps, x_T)
