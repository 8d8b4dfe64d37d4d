# %% right="plain"
def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            noises, variances = [], []
            for embeds, (view, inverse_view) in zip(prompt_embeds, views):
                seen = view(image)
                cond = stage_1.unet(seen, t, encoder_hidden_states=embeds, return_dict=False)[0]
                uncond = stage_1.unet(seen, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
                noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
                variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
            noise, variance = sum(noises) / len(views), sum(variances) / len(views)
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            alpha = a / b
            x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
            mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
            image = add_variance(variance, t, mean)
    return image

# %% right="diffusers_scheduler"
def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    x = im_noisy
    for t in timesteps[i_start:-1]:
        total = 0
        for embeds, (view, inverse_view) in zip(prompt_embeds, views):
            cond = stage_1.unet(view(x), t, encoder_hidden_states=embeds, return_dict=False)[0]
            uncond = stage_1.unet(view(x), t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
            sign = inverse_view(torch.ones_like(noise))
            total = total + torch.cat([inverse_view(noise), sign * inverse_view(cond[:, 3:])], dim=1)
        x = stage_1.scheduler.step(total / len(views), t, x, return_dict=False)[0]
    return x

# %% right="generator_of_pictures"
def seen_under(x, t, embeds, nothing, pair, scale):
    view, back = pair
    answers = [stage_1.unet(view(x), t, encoder_hidden_states=e).sample.detach() for e in (embeds, nothing)]
    eps = answers[1][:, :3] + scale * (answers[0][:, :3] - answers[1][:, :3])
    return back(eps), back(answers[0][:, 3:]) / back(torch.ones_like(eps))


def pictures(x, kept, prompts, views, nothing, scale):
    for t, s in zip(kept, kept[1:]):
        looks = [seen_under(x, t, embeds, nothing, pair, scale) for embeds, pair in zip(prompts, views)]
        eps, v = (sum(parts) / len(looks) for parts in zip(*looks))
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        x_0 = (x - eps * torch.sqrt(1 - a)) / torch.sqrt(a)
        k = torch.sqrt(b) * (1 - a / b) / (1 - a)
        x = add_variance(v, t, (k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x).float())
        yield x


def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    *_, last = pictures(im_noisy, timesteps[i_start:], prompt_embeds, views, uncond_prompt_embeds, scale)
    return last

# %% right="half_cuda"
def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    nothing = uncond_prompt_embeds.half().cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            noises, variances = [], []
            for embeds, (view, inverse_view) in zip(prompt_embeds, views):
                pair = torch.cat([nothing, embeds.half().cuda()])
                out = stage_1.unet(torch.cat([view(x)] * 2), t, encoder_hidden_states=pair, return_dict=False)[0]
                uncond, cond = out.chunk(2)
                noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
                variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(x)))
            eps, v = torch.stack(noises).mean(0), torch.stack(variances).mean(0)
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean).half()
    return x

# %% right="inverse_before_guidance"
def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy
    for t, s in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
        conds, unconds, sizes = [], [], []
        for embeds, (view, inverse_view) in zip(prompt_embeds, views):
            with torch.no_grad():
                u, c = (
                    stage_1.unet(view(x), t, encoder_hidden_states=e, return_dict=False)[0]
                    for e in (uncond_prompt_embeds, embeds)
                )
            unconds.append(inverse_view(u[:, :3]))
            conds.append(inverse_view(c[:, :3]))
            moved = inverse_view(c[:, 3:])
            turned = inverse_view(torch.ones(1, 3, *x.shape[2:])) < 0
            sizes.append(torch.where(turned, -moved, moved))
        u, c, v = (torch.stack(parts).mean(0) for parts in (unconds, conds, sizes))
        a, b = alphas_cumprod[t], alphas_cumprod[s]
        noise = u + scale * (c - u)
        # the mean in its noise form, Ho et al. 2020, eq. 11
        mean = (x - (1 - a / b) / torch.sqrt(1 - a) * noise) / torch.sqrt(a / b)
        x = add_variance(v, t, mean)
    return x.numpy()

# %% right="one_batch"
@torch.inference_mode()
def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    count, x = len(views), im_noisy
    embeds = torch.cat([*prompt_embeds, *[uncond_prompt_embeds] * count])
    for i in range(i_start, len(timesteps) - 1):
        t, s = timesteps[i], timesteps[i + 1]
        seen = torch.cat([view(x) for view, _ in views])
        cond, uncond = stage_1.unet(seen.repeat(2, 1, 1, 1), t, encoder_hidden_states=embeds).sample.chunk(2)
        eps, v = uncond[:, :3] + scale * (cond - uncond)[:, :3], cond[:, 3:]
        eps = torch.cat([back(one) for (_, back), one in zip(views, eps.split(1))]).mean(0, keepdim=True)
        sizes = [back(one) * back(torch.ones_like(one)) for (_, back), one in zip(views, v.split(1))]
        k, m = alphas_cumprod[t], alphas_cumprod[s]
        clean = (x - torch.sqrt(1 - k) * eps) / torch.sqrt(k)
        mean = torch.sqrt(m) * (1 - k / m) / (1 - k) * clean + torch.sqrt(k / m) * (1 - m) / (1 - k) * x
        x = add_variance(torch.cat(sizes).mean(0, keepdim=True), t, mean)
    return x

# %% right="running_mean"
def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy.clone()
    with torch.no_grad():
        for i, t in enumerate(timesteps):
            if i < i_start or i == len(timesteps) - 1:
                continue
            noise, variance = torch.zeros_like(x), torch.zeros_like(x)
            for number, (view, inverse_view) in enumerate(views, 1):
                both = torch.cat([uncond_prompt_embeds, prompt_embeds[number - 1]])
                seen = view(x).expand(2, -1, -1, -1)
                uncond, cond = stage_1.unet(seen, t, encoder_hidden_states=both, return_dict=False)[0].split(1)
                back = inverse_view(uncond[:, :3] * (1 - scale) + cond[:, :3] * scale)
                sign = inverse_view(torch.ones_like(back))
                noise += (back - noise) / number
                variance += (inverse_view(cond[:, 3:]).mul(sign) - variance) / number
            a, b = alphas_cumprod[t], alphas_cumprod[timesteps[i + 1]]
            alpha = a / b
            x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
            x = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(variance, t, x)
    return x

# %% wrong="averaged" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view((uncond[:, :3] + cond[:, :3]) / 2))

# %% wrong="cfg_on_variance" of="plain"
# -                 variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
# +                 variances.append(
# +                     inverse_view(uncond[:, 3:] + scale * (cond[:, 3:] - uncond[:, 3:]))
# +                     * inverse_view(torch.ones_like(seen))
# +                 )

# %% wrong="coefficients_swapped" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * (1 - alpha) / (1 - a) * image + alpha.sqrt() * (1 - b) / (1 - a) * x_0

# %% wrong="cond_only_scaled" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(uncond[:, :3] + scale * cond[:, :3]))

# %% wrong="cond_uncond_swapped" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(cond[:, :3] + scale * (uncond[:, :3] - cond[:, :3])))

# %% wrong="ddim_step" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * x_0 + (1 - b).sqrt() * noise

# %% wrong="difference_only" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(scale * (cond[:, :3] - uncond[:, :3])))

# %% wrong="difference_reversed" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(uncond[:, :3] + scale * (uncond[:, :3] - cond[:, :3])))

# %% wrong="first_view_only" of="plain"
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = noises[0], sum(variances) / len(views)

# %% wrong="gamma_for_w" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(uncond[:, :3] + (1 + scale) * (cond[:, :3] - uncond[:, :3])))

# %% wrong="inverse_missing" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# -                 variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
# +                 noises.append(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3]))
# +                 variances.append(cond[:, 3:])

# %% wrong="inverse_missing__of_the_noise" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3]))

# %% wrong="inverse_twice" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3]))))

# %% wrong="last_view_only" of="plain"
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = noises[-1], sum(variances) / len(views)

# %% wrong="last_view_only__overwritten" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noise = inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3]))

# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             variance = sum(variances) / len(views)

# %% wrong="mean_of_two_always" of="plain"
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = sum(noises) / 2, sum(variances) / len(views)

# %% wrong="noise_for_x_0" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * (1 - alpha) / (1 - a) * noise + alpha.sqrt() * (1 - b) / (1 - a) * image

# %% wrong="noises_summed" of="plain"
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = sum(noises), sum(variances) / len(views)

# %% wrong="noises_summed__clamped" of="plain"
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = sum(noises), sum(variances) / len(views)

#               x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = x_0.clamp(-1, 1)

# %% wrong="one_prompt_only" of="plain"
# -                 cond = stage_1.unet(seen, t, encoder_hidden_states=embeds, return_dict=False)[0]
# +                 cond = stage_1.unet(seen, t, encoder_hidden_states=prompt_embeds[0], return_dict=False)[0]

# %% wrong="picture_not_updated" of="plain"
# -             image = add_variance(variance, t, mean)
# -     return image
# +             result = add_variance(variance, t, mean)
# +     return result

# %% wrong="prompt_has_no_part" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(uncond[:, :3]))

# %% wrong="prompts_swapped" of="plain"
# -             for embeds, (view, inverse_view) in zip(prompt_embeds, views):
# +             for embeds, (view, inverse_view) in zip(reversed(prompt_embeds), views):

# %% wrong="returns_x_0" of="plain"
# -     return image
# +     return x_0

# %% wrong="running_halves" of="plain"
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = noises[0], sum(variances) / len(views)
# +             for other in noises[1:]:
# +                 noise = (noise + other) / 2

# %% wrong="scale_fixed" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(uncond[:, :3] + 7 * (cond[:, :3] - uncond[:, :3])))

# %% wrong="scale_ignored" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(cond[:, :3]))

# %% wrong="starts_wrong" of="plain"
# -         for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
# +         for t, t_prev in zip(timesteps[:-1], timesteps[1:]):

# %% wrong="step_without_sqrt" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b * (1 - alpha) / (1 - a) * x_0 + alpha * (1 - b) / (1 - a) * image

# %% wrong="stops_early" of="plain"
# -         for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
# +         for t, t_prev in zip(timesteps[i_start:-2], timesteps[i_start + 1 : -1]):

# %% wrong="uncond_not_weighed" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(scale * cond[:, :3] - uncond[:, :3]))

# %% wrong="uncond_not_weighed__clamped" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(scale * cond[:, :3] - uncond[:, :3]))

#               x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = x_0.clamp(-1, 1)

# %% wrong="uncond_one_view" of="plain"
#           for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
# +             seen = views[0][0](image)
# +             uncond = stage_1.unet(seen, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]

# -                 uncond = stage_1.unet(seen, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]

# %% wrong="uncond_one_view__kept_as_it_came" of="plain"
#           for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
# +             first = views[0][0](image)
# +             upright = stage_1.unet(first, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
# +             upright = views[0][1](upright[:, :3])

# -                 uncond = stage_1.unet(seen, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(upright + scale * (inverse_view(cond[:, :3]) - upright))

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

# %% wrong="variance_negated" of="plain"
# -                 variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
# +                 variances.append(inverse_view(cond[:, 3:]))

# %% wrong="variance_not_turned" of="plain"
# -                 variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
# +                 variances.append(cond[:, 3:])

# %% wrong="variance_of_first_view" of="plain"
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = sum(noises) / len(views), variances[0]

# %% wrong="variance_of_last_view" of="plain"
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = sum(noises) / len(views), variances[-1]

# %% wrong="variance_of_uncond" of="plain"
# -                 variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
# +                 variances.append(inverse_view(uncond[:, 3:]) * inverse_view(torch.ones_like(seen)))

# %% wrong="variance_turned_wrongly" of="plain"
# -                 variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
# +                 variances.append(view(cond[:, 3:]) * view(torch.ones_like(seen)))

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
# -             noise, variance = sum(noises) / len(views), sum(variances) / len(views)
# +             noise, variance = sum(noises) / len(views), sum(variances)

# %% wrong="view_and_inverse_swapped" of="plain"
# -             for embeds, (view, inverse_view) in zip(prompt_embeds, views):
# +             for embeds, (inverse_view, view) in zip(prompt_embeds, views):

# %% wrong="view_for_inverse" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# -                 variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
# +                 noises.append(view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 variances.append(view(cond[:, 3:]) * view(torch.ones_like(seen)))

# %% wrong="view_missing" of="plain"
# -                 seen = view(image)
# +                 seen = image

# %% wrong="view_twice" of="plain"
# -                 seen = view(image)
# +                 seen = view(view(image))

# %% wrong="views_unused" of="plain"
# -                 seen = view(image)
# +                 seen = image

# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# -                 variances.append(inverse_view(cond[:, 3:]) * inverse_view(torch.ones_like(seen)))
# +                 noises.append(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3]))
# +                 variances.append(cond[:, 3:])

# %% wrong="w_for_gamma" of="plain"
# -                 noises.append(inverse_view(uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])))
# +                 noises.append(inverse_view(uncond[:, :3] + (scale - 1) * (cond[:, :3] - uncond[:, :3])))

# %% wrong="x_0_kept" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = add_variance(variance, t, x_0)

# %% wrong="x_0_not_divided" of="plain"
# -             x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = image - (1 - a).sqrt() * noise

# %% wrong="x_0_without_sqrt" of="plain"
# -             x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = (image - (1 - a) * noise) / a
