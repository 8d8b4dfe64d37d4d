def draw_postcards(unet, scheduler, x_T):
    unet.train(False)
    x = x_T.clone()
    with torch.inference_mode():
        for t in scheduler.timesteps.tolist():
            eps = unet(scheduler.scale_model_input(x, timestep=t), t, return_dict=False)[0]
            x = scheduler.step(eps, t, x, return_dict=False)[0]
    return x
