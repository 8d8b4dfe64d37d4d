def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
    unet = pipeline.unet.to("cuda")
    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(wish.steps, device="cuda")
    cutouts, target = random_cutouts(4, generator(wish.seed)), embed_text(clip, wish.text).cuda()

    def loss(x_0):
        by_colour = wish.colour_scale * colour_loss(x_0, torch.tensor(wish.colour, device="cuda"))
        if not wish.text:
            return by_colour
        return by_colour + wish.text_scale * clip_loss(x_0, target, partial(embed_pictures, clip), cutouts)

    x_T = start_noises(wish.count, wish.seed, unet.config.sample_size).to("cuda")
    for step in guided_steps(unet, scheduler, x_T, loss, 1.0):
        yield step.place / wish.steps, step.x_0_pred.cpu()
    yield 1.0, step.x_prev.cpu()
