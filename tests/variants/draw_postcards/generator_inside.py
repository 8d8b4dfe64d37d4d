@torch.no_grad()
def steps_of(unet, scheduler, x):
    for t in scheduler.timesteps:
        times = t.expand(len(x))
        x = scheduler.step(unet(scheduler.scale_model_input(x, t), times).sample, int(t), x)[0]
        yield x

def draw_postcards(unet, scheduler, x_T):
    unet.eval()
    *_, last = steps_of(unet, scheduler, x_T)
    return last.clamp(-1, 1)
