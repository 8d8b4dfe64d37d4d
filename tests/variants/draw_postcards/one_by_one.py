@torch.no_grad()
def draw_postcards(unet, scheduler, x_T):
    unet.eval()
    cards = []
    for x in x_T.split(1):
        for t in scheduler.timesteps:
            x = scheduler.step(unet(scheduler.scale_model_input(x, t), t).sample, t, x).prev_sample
        cards.append(x)
    return torch.cat(cards)
