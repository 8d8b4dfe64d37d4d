# %% right="as_the_chapter"
def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
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

# %% right="clamped_numpy"
def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
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
            yield done, step.x_0_pred.clamp(-1, 1).numpy()
    yield 1, step.x_prev.clamp(-1, 1).numpy()

# %% right="enumerated"
def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
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
    for place, step in enumerate(guided_steps(pipeline.unet, scheduler, x_T, loss, 1.0), 1):
        done = place / wish.steps
        if done < 1:
            yield done, step.x_0_pred
    yield 1.0, step.x_prev

# %% right="every_third"
def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
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
        if done < 1 and step.place % 3 == 0:
            yield done, step.x_0_pred
    yield 1.0, step.x_prev

# %% right="inner_generator"
def _drawn(wish):
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


def make_cards(*form):
    yield from _drawn(read_wish(*form))

# %% right="list_of_losses"
def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
    cutouts = random_cutouts(4, generator(wish.seed))
    target = embed_text(clip, wish.text)

    def loss(x_0):
        losses = [wish.colour_scale * colour_loss(x_0, wish.colour)]
        if wish.text and wish.text_scale:
            losses.append(wish.text_scale * clip_loss(x_0, target, lambda x: embed_pictures(clip, x), cutouts))
        return torch.stack(losses).sum(dim=0)

    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(wish.steps)
    x_T = start_noises(wish.count, wish.seed, pipeline.unet.config.sample_size)
    for step in guided_steps(pipeline.unet, scheduler, x_T, loss, 1.0):
        done = (step.place + 1) / wish.steps
        if done < 1:
            yield done, step.x_0_pred
    yield 1.0, step.x_prev

# %% right="on_cuda"
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

# %% right="own_noise"
def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
    cutouts = random_cutouts(4, generator(wish.seed))
    target = embed_text(clip, wish.text)

    def loss(x_0):
        total = wish.colour_scale * colour_loss(x_0, wish.colour)
        if wish.text:
            total = total + wish.text_scale * clip_loss(x_0, target, partial(embed_pictures, clip), cutouts)
        return total

    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(wish.steps)
    side = pipeline.unet.config.sample_size
    x_T = torch.randn((wish.count, 3, side, side), generator=torch.Generator().manual_seed(wish.seed))
    for step in guided_steps(pipeline.unet, scheduler, x_T, loss, 1.0):
        done = (step.place + 1) / wish.steps
        if done < 1:
            yield done, step.x_0_pred
    yield 1.0, step.x_prev

# %% right="starts_at_zero"
def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
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
        yield step.place / wish.steps, step.x_0_pred
    yield 1.0, step.x_prev

# %% wrong="all_at_once" of="as_the_chapter"
#       x_T = start_noises(wish.count, wish.seed, pipeline.unet.config.sample_size)
# +     seen = []

# -             yield done, step.x_0_pred
# +             seen.append((done, step.x_0_pred))
# +     yield from seen

# %% wrong="all_at_once__list" of="as_the_chapter"
#       x_T = start_noises(wish.count, wish.seed, pipeline.unet.config.sample_size)
# +     seen = []

# -             yield done, step.x_0_pred
# -     yield 1.0, step.x_prev
# +             seen.append((done, step.x_0_pred))
# +     return [*seen, (1.0, step.x_prev)]

# %% wrong="away_from_the_colour" of="as_the_chapter"
# -         return total
# +         return -total

# %% wrong="colour_ignored" of="as_the_chapter"
# -         total = wish.colour_scale * colour_loss(x_0, wish.colour)
# +         total = 0 * colour_loss(x_0, wish.colour)

# %% wrong="colour_scale_ignored" of="as_the_chapter"
# -         total = wish.colour_scale * colour_loss(x_0, wish.colour)
# +         total = colour_loss(x_0, wish.colour)

# %% wrong="count_ignored" of="as_the_chapter"
# -     x_T = start_noises(wish.count, wish.seed, pipeline.unet.config.sample_size)
# +     x_T = start_noises(1, wish.seed, pipeline.unet.config.sample_size)

# %% wrong="cutouts_not_seeded" of="as_the_chapter"
# -     cutouts = random_cutouts(4, generator(wish.seed))
# +     cutouts = random_cutouts(4)

# %% wrong="never_finished" of="as_the_chapter"
# -     yield 1.0, step.x_prev

# %% wrong="noise_shown" of="as_the_chapter"
# -             yield done, step.x_0_pred
# +             yield done, step.x_prev

# %% wrong="only_the_end" of="as_the_chapter"
# -         if done < 1:
# -             yield done, step.x_0_pred

# %% wrong="percent" of="as_the_chapter"
# -             yield done, step.x_0_pred
# -     yield 1.0, step.x_prev
# +             yield 100 * done, step.x_0_pred
# +     yield 100, step.x_prev

# %% wrong="percent__steps" of="as_the_chapter"
# -             yield done, step.x_0_pred
# +             yield step.place, step.x_0_pred

# %% wrong="progress_falls" of="as_the_chapter"
# -             yield done, step.x_0_pred
# +             yield 1 - done, step.x_0_pred

# %% wrong="scales_swapped" of="as_the_chapter"
# -         total = wish.colour_scale * colour_loss(x_0, wish.colour)
# +         total = wish.text_scale * colour_loss(x_0, wish.colour)

# -             total = total + wish.text_scale * clip_loss(x_0, target, partial(embed_pictures, clip), cutouts)
# +             total = total + wish.colour_scale * clip_loss(x_0, target, partial(embed_pictures, clip), cutouts)

# %% wrong="seed_fixed" of="as_the_chapter"
# -     x_T = start_noises(wish.count, wish.seed, pipeline.unet.config.sample_size)
# +     x_T = start_noises(wish.count, 0, pipeline.unet.config.sample_size)

# %% wrong="seed_ignored" of="own_noise"
# -     x_T = torch.randn((wish.count, 3, side, side), generator=torch.Generator().manual_seed(wish.seed))
# +     x_T = torch.randn((wish.count, 3, side, side))

# %% wrong="steps_ignored" of="as_the_chapter"
# -     scheduler.set_timesteps(wish.steps)
# +     scheduler.set_timesteps(40)

# %% wrong="text_ignored" of="as_the_chapter"
# -             total = total + wish.text_scale * clip_loss(x_0, target, partial(embed_pictures, clip), cutouts)
# +             total = total + 0 * clip_loss(x_0, target, partial(embed_pictures, clip), cutouts)

# %% wrong="text_ignored__fixed" of="as_the_chapter"
# -     target = embed_text(clip, wish.text)
# +     target = embed_text(clip, "a mountain")

# %% wrong="wish_not_read" of="as_the_chapter"
# + from helpers.app import Wish
# +
#   def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
# -     wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
# +     rgb = tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
# +     wish = Wish(rgb, text, colour_scale, text_scale, steps, abs(int(seed)), count)
