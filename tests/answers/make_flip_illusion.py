# %% right="plain"
def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    image = im_noisy
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            flipped = image.flip(-2)
            cond_1 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_1, return_dict=False)[0]
            uncond_1 = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            cond_2 = stage_1.unet(flipped, t, encoder_hidden_states=prompt_embeds_2, return_dict=False)[0]
            uncond_2 = stage_1.unet(flipped, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
            noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
            noise = (noise_1 + noise_2.flip(-2)) / 2
            variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            alpha = a / b
            x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
            mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
            image = add_variance(variance, t, mean)
    return image

# %% right="batch_of_four"
@torch.inference_mode()
def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    embeds = torch.cat([prompt_embeds_2, uncond_prompt_embeds, prompt_embeds_1, uncond_prompt_embeds])
    x = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, s = timesteps[i], timesteps[i + 1]
        upside_down = torch.flip(x, dims=[2])
        rows = torch.cat([upside_down, upside_down, x, x])
        answer = stage_1.unet(rows, t, encoder_hidden_states=embeds, return_dict=False)[0]
        turned_back = torch.flip(answer[:2], dims=[2])
        c2, u2, c1, u1 = torch.cat([turned_back, answer[2:]]).split(1)
        eps = (u1 + u2)[:, :3] / 2 + scale / 2 * (c1 + c2 - u1 - u2)[:, :3]
        k, m = alphas_cumprod[t], alphas_cumprod[s]
        clean = (x - torch.sqrt(1 - k) * eps) / torch.sqrt(k)
        mean = torch.sqrt(m) * (1 - k / m) / (1 - k) * clean + torch.sqrt(k / m) * (1 - m) / (1 - k) * x
        x = add_variance((c1 + c2)[:, 3:] / 2, t, mean)
    return x

# %% right="class_with_state"
class View:
    def __init__(self, embeds, nothing, turn):
        self.embeds, self.turn = torch.cat([nothing, embeds]), turn

    def look(self, x, t, scale):
        x = self.turn(x)
        answer = stage_1.unet(x.repeat(2, 1, 1, 1), t, encoder_hidden_states=self.embeds, return_dict=False)[0]
        uncond, cond = self.turn(answer).chunk(2)
        return (1 - scale) * uncond[:, :3] + scale * cond[:, :3], cond[:, 3:]


class Anagram:
    def __init__(self, views, scale):
        self.views, self.scale = views, scale

    @torch.no_grad()
    def step(self, x, now, following):
        (noise_1, v_1), (noise_2, v_2) = [view.look(x, now, self.scale) for view in self.views]
        noise, v = 0.5 * (noise_1 + noise_2), 0.5 * (v_1 + v_2)
        clean = (x - (1 - alphas_cumprod[now]) ** 0.5 * noise) / alphas_cumprod[now] ** 0.5
        ratio = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - ratio) / (1 - alphas_cumprod[now])
        second = ratio**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        return add_variance(v, now, first * clean + second * x)


def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    upright = View(prompt_embeds_1, uncond_prompt_embeds, lambda x: x)
    turned = View(prompt_embeds_2, uncond_prompt_embeds, lambda x: torch.flip(x, (-2,)))
    anagram, x, i = Anagram([upright, turned], scale), im_noisy, i_start
    while i < len(timesteps) - 1:
        x = anagram.step(x, timesteps[i], timesteps[i + 1])
        i += 1
    return x

# %% right="diffusers_scheduler"
def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    picture = im_noisy
    for t in timesteps[i_start:-1]:
        sides = []
        for embeds, turned in ((prompt_embeds_1, False), (prompt_embeds_2, True)):
            seen = picture.flip(-2) if turned else picture
            cond, uncond = (
                stage_1.unet(seen, t, encoder_hidden_states=e, return_dict=False)[0]
                for e in (embeds, uncond_prompt_embeds)
            )
            cond[:, :3] = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
            sides.append(cond.flip(-2) if turned else cond)
        picture = stage_1.scheduler.step(sum(sides) / 2, t, picture, return_dict=False)[0]
    return picture

# %% right="generator_of_pictures"
def answered(x, t, embeds, nothing, scale):
    cond = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=embeds).sample
    uncond = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=nothing).sample
    noise = torch.lerp(uncond[:, :3], cond[:, :3], scale)
    return torch.cat([noise, cond[:, 3:]], dim=1)


def denoised(x, pairs, one, two, nothing, scale):
    for t, s in pairs:
        upright = answered(x, t, one, nothing, scale)
        turned = answered(x[:, :, range(x.shape[2] - 1, -1, -1)], t, two, nothing, scale)
        both = torch.stack([upright, turned.flip(2)]).mean(0)
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        x_0 = (x - both[:, :3] * torch.sqrt(1 - a)) / torch.sqrt(a)
        k = torch.sqrt(b) * (1 - a / b) / (1 - a)
        x = add_variance(both[:, 3:], t, (k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x).float())
        yield x


def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    kept = timesteps[i_start:]
    *_, last = denoised(
        im_noisy, zip(kept, kept[1:]), prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, float(scale)
    )
    return last.detach().cpu().numpy()

# %% right="half_cuda"
def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    one = torch.cat([prompt_embeds_1, uncond_prompt_embeds]).half().cuda()
    two = torch.cat([prompt_embeds_2, uncond_prompt_embeds]).half().cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            out_1 = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=one, return_dict=False)[0]
            out_2 = stage_1.unet(torch.cat([x, x]).flip(2), t, encoder_hidden_states=two, return_dict=False)[0].flip(2)
            out = (out_1 + out_2) / 2
            eps = out[1:, :3] + scale * (out[:1, :3] - out[1:, :3])
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(out[:1, 3:], t, mean).half()
    return x

# %% right="in_place"
def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    x = im_noisy.clone()
    with torch.no_grad():
        for i, t in enumerate(timesteps[:-1]):
            if i < i_start:
                continue
            noise, variance = torch.zeros_like(x), torch.zeros_like(x)
            for embeds, dims in ((prompt_embeds_1, ()), (prompt_embeds_2, (-2,))):
                seen = x.flip(dims)
                uncond = stage_1.unet(seen, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
                cond = stage_1.unet(seen, t, encoder_hidden_states=embeds, return_dict=False)[0]
                noise += 0.5 * (uncond + scale * (cond - uncond))[:, :3].flip(dims)
                variance += 0.5 * cond[:, 3:].flip(dims)
            a, b = alphas_cumprod[t], alphas_cumprod[timesteps[i + 1]]
            # the mean in its noise form, Ho et al. 2020, eq. 11
            x -= (1 - a / b) / torch.sqrt(1 - a) * noise
            x /= torch.sqrt(a / b)
            x = add_variance(variance, t, x)
    return x

# %% wrong="averaged" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = (uncond_1[:, :3] + cond_1[:, :3]) / 2
# +             noise_2 = (uncond_2[:, :3] + cond_2[:, :3]) / 2

# %% wrong="cfg_on_variance" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             v_1 = uncond_1[:, 3:] + scale * (cond_1[:, 3:] - uncond_1[:, 3:])
# +             v_2 = uncond_2[:, 3:] + scale * (cond_2[:, 3:] - uncond_2[:, 3:])
# +             variance = (v_1 + v_2.flip(-2)) / 2

# %% wrong="coefficients_swapped" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * (1 - alpha) / (1 - a) * image + alpha.sqrt() * (1 - b) / (1 - a) * x_0

# %% wrong="cond_only_scaled" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = uncond_1[:, :3] + scale * cond_1[:, :3]
# +             noise_2 = uncond_2[:, :3] + scale * cond_2[:, :3]

# %% wrong="cond_uncond_swapped" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = cond_1[:, :3] + scale * (uncond_1[:, :3] - cond_1[:, :3])
# +             noise_2 = cond_2[:, :3] + scale * (uncond_2[:, :3] - cond_2[:, :3])

# %% wrong="ddim_step" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * x_0 + (1 - b).sqrt() * noise

# %% wrong="difference_only" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = scale * (cond_1[:, :3] - uncond_1[:, :3])
# +             noise_2 = scale * (cond_2[:, :3] - uncond_2[:, :3])

# %% wrong="difference_reversed" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = uncond_1[:, :3] + scale * (uncond_1[:, :3] - cond_1[:, :3])
# +             noise_2 = uncond_2[:, :3] + scale * (uncond_2[:, :3] - cond_2[:, :3])

# %% wrong="first_view_only" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = noise_1

# %% wrong="flipped_colours" of="plain"
# -             flipped = image.flip(-2)
# +             flipped = image.flip(1)

# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             noise = (noise_1 + noise_2.flip(1)) / 2
# +             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(1)) / 2

# %% wrong="flipped_horizontally" of="plain"
# -             flipped = image.flip(-2)
# +             flipped = image.flip(-1)

# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             noise = (noise_1 + noise_2.flip(-1)) / 2
# +             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-1)) / 2

# %% wrong="gamma_for_w" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = uncond_1[:, :3] + (1 + scale) * (cond_1[:, :3] - uncond_1[:, :3])
# +             noise_2 = uncond_2[:, :3] + (1 + scale) * (cond_2[:, :3] - uncond_2[:, :3])

# %% wrong="inverse_missing" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             noise = (noise_1 + noise_2) / 2
# +             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2

# %% wrong="inverse_missing__of_the_noise" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = (noise_1 + noise_2) / 2

# %% wrong="last_view_only" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = noise_2.flip(-2)

# %% wrong="mirrored_back" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = (noise_1 + noise_2.flip(-1)) / 2

# %% wrong="noise_for_x_0" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * (1 - alpha) / (1 - a) * noise + alpha.sqrt() * (1 - b) / (1 - a) * image

# %% wrong="noises_summed" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = noise_1 + noise_2.flip(-2)

# %% wrong="noises_summed__clamped" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = noise_1 + noise_2.flip(-2)

#               x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = x_0.clamp(-1, 1)

# %% wrong="one_prompt_only" of="plain"
# -             cond_2 = stage_1.unet(flipped, t, encoder_hidden_states=prompt_embeds_2, return_dict=False)[0]
# +             cond_2 = stage_1.unet(flipped, t, encoder_hidden_states=prompt_embeds_1, return_dict=False)[0]

# %% wrong="picture_not_updated" of="plain"
# -             image = add_variance(variance, t, mean)
# -     return image
# +             result = add_variance(variance, t, mean)
# +     return result

# %% wrong="prompt_has_no_part" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = uncond_1[:, :3]
# +             noise_2 = uncond_2[:, :3]

# %% wrong="prompts_swapped" of="plain"
# -             cond_1 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_1, return_dict=False)[0]
# +             cond_1 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_2, return_dict=False)[0]

# -             cond_2 = stage_1.unet(flipped, t, encoder_hidden_states=prompt_embeds_2, return_dict=False)[0]
# +             cond_2 = stage_1.unet(flipped, t, encoder_hidden_states=prompt_embeds_1, return_dict=False)[0]

# %% wrong="returns_x_0" of="plain"
# -     return image
# +     return x_0

# %% wrong="rotated_180" of="plain"
# -             flipped = image.flip(-2)
# +             flipped = image.flip((-2, -1))

# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             noise = (noise_1 + noise_2.flip((-2, -1))) / 2
# +             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip((-2, -1))) / 2

# %% wrong="rotated_180__rot90" of="plain"
# -             flipped = image.flip(-2)
# +             flipped = image.rot90(2, (2, 3))

# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             noise = (noise_1 + noise_2.rot90(2, (2, 3))) / 2
# +             variance = (cond_1[:, 3:] + cond_2[:, 3:].rot90(2, (2, 3))) / 2

# %% wrong="scale_fixed" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = uncond_1[:, :3] + 7 * (cond_1[:, :3] - uncond_1[:, :3])
# +             noise_2 = uncond_2[:, :3] + 7 * (cond_2[:, :3] - uncond_2[:, :3])

# %% wrong="scale_ignored" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = cond_1[:, :3]
# +             noise_2 = cond_2[:, :3]

# %% wrong="starts_wrong" of="plain"
# -         for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
# +         for t, t_prev in zip(timesteps[:-1], timesteps[1:]):

# %% wrong="step_without_sqrt" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b * (1 - alpha) / (1 - a) * x_0 + alpha * (1 - b) / (1 - a) * image

# %% wrong="steps_averaged" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2

# -             x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# -             image = add_variance(variance, t, mean)
# +             pictures = []
# +             for x, noise, cond in ((image, noise_1, cond_1), (flipped, noise_2, cond_2)):
# +                 x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
# +                 mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +                 pictures.append(add_variance(cond[:, 3:], t, mean))
# +             image = (pictures[0] + pictures[1].flip(-2)) / 2

# %% wrong="stops_early" of="plain"
# -         for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
# +         for t, t_prev in zip(timesteps[i_start:-2], timesteps[i_start + 1 : -1]):

# %% wrong="uncond_not_weighed" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = scale * cond_1[:, :3] - uncond_1[:, :3]
# +             noise_2 = scale * cond_2[:, :3] - uncond_2[:, :3]

# %% wrong="uncond_not_weighed__clamped" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = scale * cond_1[:, :3] - uncond_1[:, :3]
# +             noise_2 = scale * cond_2[:, :3] - uncond_2[:, :3]

#               x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = x_0.clamp(-1, 1)

# %% wrong="uncond_one_view" of="plain"
# -             uncond_2 = stage_1.unet(flipped, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]

# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_2 = uncond_1[:, :3] + scale * (cond_2[:, :3] - uncond_1[:, :3])

# %% wrong="uncond_one_view__asked_for_nothing" of="plain"
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_2 = uncond_1[:, :3] + scale * (cond_2[:, :3] - uncond_1[:, :3])

# %% wrong="uncond_one_view__kept_upright" of="plain"
# -             uncond_2 = stage_1.unet(flipped, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]

# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_2 = uncond_1[:, :3].flip(-2) + scale * (cond_2[:, :3] - uncond_1[:, :3].flip(-2))

# %% wrong="unstrided_beta" of="plain"
# -             alpha = a / b
# +             alpha = alphas_cumprod[t] / alphas_cumprod[t - 1]

# %% wrong="unstrided_beta_only" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * stage_1.scheduler.betas[t] / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image

# %% wrong="unstrided_prev" of="plain"
# -             a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             a, b = alphas_cumprod[t], alphas_cumprod[t - 1]

# %% wrong="variance_from_noise" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = add_variance(noise, t, mean)

# %% wrong="variance_missing" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = mean

# %% wrong="variance_not_turned" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2

# %% wrong="variance_of_first_view" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             variance = cond_1[:, 3:]

# %% wrong="variance_of_last_view" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             variance = cond_2[:, 3:].flip(-2)

# %% wrong="variance_of_uncond" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             variance = (uncond_1[:, 3:] + uncond_2[:, 3:].flip(-2)) / 2

# %% wrong="variance_twice" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = add_variance(variance, t, add_variance(variance, t, mean))

# %% wrong="variance_unit_noise" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = mean + torch.randn_like(mean)

# %% wrong="variance_wrong_time" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = add_variance(variance, t_prev, mean)

# %% wrong="variances_summed" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             variance = cond_1[:, 3:] + cond_2[:, 3:].flip(-2)

# %% wrong="view_missing" of="plain"
# -             flipped = image.flip(-2)
# +             flipped = image

# %% wrong="views_unused" of="plain"
# -             flipped = image.flip(-2)
# +             flipped = image

# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:].flip(-2)) / 2
# +             noise = (noise_1 + noise_2) / 2
# +             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2

# %% wrong="w_for_gamma" of="plain"
# -             noise_1 = uncond_1[:, :3] + scale * (cond_1[:, :3] - uncond_1[:, :3])
# -             noise_2 = uncond_2[:, :3] + scale * (cond_2[:, :3] - uncond_2[:, :3])
# +             noise_1 = uncond_1[:, :3] + (scale - 1) * (cond_1[:, :3] - uncond_1[:, :3])
# +             noise_2 = uncond_2[:, :3] + (scale - 1) * (cond_2[:, :3] - uncond_2[:, :3])

# %% wrong="weighted_mean" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = (4 * noise_1 + noise_2.flip(-2)) / 5

# %% wrong="weighted_mean__one_to_four" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = 0.2 * noise_1 + 0.8 * noise_2.flip(-2)

# %% wrong="weighted_mean__three_to_one" of="plain"
# -             noise = (noise_1 + noise_2.flip(-2)) / 2
# +             noise = (noise_1 + (noise_1 + noise_2.flip(-2)) / 2) / 2

# %% wrong="x_0_kept" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = add_variance(variance, t, x_0)

# %% wrong="x_0_not_divided" of="plain"
# -             x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = image - (1 - a).sqrt() * noise

# %% wrong="x_0_without_sqrt" of="plain"
# -             x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = (image - (1 - a) * noise) / a

# %% wrong="x_0_without_sqrt__clamped" of="plain"
# -             x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = (image - (1 - a) * noise) / a
# +             x_0 = x_0.clamp(-1, 1)
