from helpers.app import Wish

def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    rgb = tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    wish = Wish(rgb, text, colour_scale, text_scale, steps, abs(int(seed)), count)
    cutouts = random_cutouts(4, generator(wish.seed))
    target = embed_text(clip, wish.text)

    def loss(x_0):
        total = wish.colour_scale * colour_loss(x_0, wish.colour)
        if wish.text:
            total = total + wish.text_scale * clip_loss(x_0, target, partial(embed_pictures, clip), cutouts)
        return total

    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(wish.steps)
    x_T = start_noises(wish.count, wish.seed, pipeline.unet.config.sample_size)
    for step in guided_steps(pipeline.unet, scheduler, x_T, loss, 1.0):
        done = (step.place + 1) / wish.steps
        if done < 1:
            yield done, step.x_0_pred
    yield 1.0, step.x_prev
