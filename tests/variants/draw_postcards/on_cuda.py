def draw_postcards(unet, scheduler, x_T):
    unet = unet.cuda().eval()
    x = x_T.to("cuda")
    for i, t in enumerate(scheduler.timesteps):
        model_input = scheduler.scale_model_input(x, t)
        with torch.no_grad():
            noise_pred = unet(model_input, t)["sample"]
        x = scheduler.step(noise_pred, t, x).prev_sample
    return x.cpu()
