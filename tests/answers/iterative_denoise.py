# %% right="plain"
def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    x = im_noisy
    with torch.no_grad():
        for i in range(i_start, len(timesteps) - 1):
            t, t_prev = timesteps[i], timesteps[i + 1]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            eps, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
            alpha = a / b
            beta = 1 - alpha
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean)
    return x

# %% right="clamped_x_0"
def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    x = im_noisy
    with torch.no_grad():
        for i in range(i_start, len(timesteps) - 1):
            t, t_prev = timesteps[i], timesteps[i + 1]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            eps, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
            alpha = a / b
            beta = 1 - alpha
            x_0 = ((x - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1)
            mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean)
    return x

# %% right="class_with_state"
class Loop:
    def __init__(self, embeds):
        self.embeds = embeds

    @torch.inference_mode()
    def step(self, x, now, following):
        noise, variance = stage_1.unet(x, now, encoder_hidden_states=self.embeds, return_dict=False)[0].chunk(2, 1)
        clean = (x - (1 - alphas_cumprod[now]) ** 0.5 * noise) / alphas_cumprod[now] ** 0.5
        ratio = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - ratio) / (1 - alphas_cumprod[now])
        second = ratio**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        return add_variance(variance, now, first * clean + second * x)


def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    loop, x, i = Loop(prompt_embeds), im_noisy, i_start
    while i < len(timesteps) - 1:
        x = loop.step(x, timesteps[i], timesteps[i + 1])
        i += 1
    return x

# %% right="diffusers_scheduler"
def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    picture = im_noisy
    for t in timesteps[i_start:-1]:
        answer = stage_1.unet(picture, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        picture = stage_1.scheduler.step(answer, t, picture, return_dict=False)[0]
    return picture

# %% right="generator_of_pictures"
def denoised(x, pairs, prompt_embeds):
    for t, s in pairs:
        out = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=prompt_embeds).sample
        eps, v = out[:, :3], out[:, 3:]
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        x_0 = (x - eps * torch.sqrt(1 - a)) / torch.sqrt(a)
        k = torch.sqrt(b) * (1 - a / b) / (1 - a)
        x = add_variance(v, t, (k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x).float())
        yield x


def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    kept = timesteps[i_start:]
    *_, last = denoised(im_noisy, zip(kept, kept[1:]), prompt_embeds)
    return last.detach().cpu().numpy()

# %% right="half_cuda"
def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            out = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds.half().cuda(), return_dict=False)[0]
            eps, v = torch.split(out, 3, dim=1)
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean).half()
    return x

# %% right="last_step_without_noise"
def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    x = im_noisy
    with torch.no_grad():
        for i in range(i_start, len(timesteps) - 1):
            t, t_prev = timesteps[i], timesteps[i + 1]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            eps, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
            alpha = a / b
            beta = 1 - alpha
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean) if t_prev > 0 else mean
    return x

# %% right="own_variance"
def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    x = im_noisy.clone()
    for i, t in enumerate(timesteps):
        if i < i_start or i == len(timesteps) - 1:
            continue
        out = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        a, b = alphas_cumprod[t], alphas_cumprod[timesteps[i + 1]]
        beta = 1 - a / b
        low = (1 - b) / (1 - a) * beta
        frac = (out[:, 3:] + 1) / 2
        std = torch.exp(0.5 * (frac * torch.log(beta) + (1 - frac) * torch.log(low)))
        # the mean in its noise form, Ho et al. 2020, eq. 11
        x = (x - beta / torch.sqrt(1 - a) * out[:, :3]) / torch.sqrt(1 - beta) + std * torch.randn_like(x)
    return x

# %% wrong="abar_indexed_by_i" of="plain"
# -             a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             a, b = alphas_cumprod[i], alphas_cumprod[i + 1]

# %% wrong="alpha_for_alpha_bar" of="plain"
# -             a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             a, b = (
# +                 alphas_cumprod[t] / alphas_cumprod[max(t - 1, 0)],
# +                 (alphas_cumprod[t_prev] / alphas_cumprod[t_prev - 1] if t_prev else alphas_cumprod[0]),
# +             )

# %% wrong="coefficients_swapped" of="plain"
# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +             mean = b.sqrt() * beta / (1 - a) * x + alpha.sqrt() * (1 - b) / (1 - a) * x_0

# %% wrong="ddim_step" of="plain"
# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# -             x = add_variance(v, t, mean)
# +             mean = b.sqrt() * x_0 + (1 - b).sqrt() * eps
# +             x = mean

# %% wrong="noise_for_x_0" of="plain"
# -             x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
# +             x_0 = eps

# %% wrong="one_step_too_many" of="plain"
# -         for i in range(i_start, len(timesteps) - 1):
# -             t, t_prev = timesteps[i], timesteps[i + 1]
# +         for i in range(i_start, len(timesteps)):
# +             t, t_prev = timesteps[i], timesteps[min(i + 1, len(timesteps) - 1)]

# -             alpha = a / b
# +             alpha = a / b if i + 1 < len(timesteps) else a

# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# -             x = add_variance(v, t, mean)
# +             mean = (
# +                 b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +                 if i + 1 < len(timesteps)
# +                 else x_0
# +             )
# +             x = mean

# %% wrong="picture_not_updated" of="plain"
# -             x = add_variance(v, t, mean)
# -     return x
# +             less_noisy = add_variance(v, t, mean)
# +     return less_noisy

# %% wrong="returns_x_0" of="plain"
# -     return x
# +     return x_0

# %% wrong="starts_wrong" of="plain"
# -         for i in range(i_start, len(timesteps) - 1):
# +         for i in range(len(timesteps) - 1):

# %% wrong="step_without_sqrt" of="plain"
# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +             mean = b * beta / (1 - a) * x_0 + alpha * (1 - b) / (1 - a) * x

# %% wrong="stops_early" of="plain"
# -         for i in range(i_start, len(timesteps) - 1):
# +         for i in range(i_start, len(timesteps) - 2):

# %% wrong="time_is_index" of="plain"
# -             eps, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
# +             eps, v = stage_1.unet(x, i, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)

# %% wrong="time_off" of="plain"
# -             eps, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
# +             eps, v = stage_1.unet(x, t_prev, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)

# %% wrong="unstrided_beta" of="plain"
# -             alpha = a / b
# +             alpha = alphas_cumprod[t] / alphas_cumprod[t - 1]

# %% wrong="unstrided_beta_only" of="plain"
# -             beta = 1 - alpha
# +             beta = 1 - alphas_cumprod[t] / alphas_cumprod[t - 1]

# %% wrong="unstrided_prev" of="plain"
# -             a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             a, b = alphas_cumprod[t], alphas_cumprod[t - 1]

# %% wrong="variance_from_noise" of="plain"
# -             x = add_variance(v, t, mean)
# +             x = add_variance(eps, t, mean)

# %% wrong="variance_missing" of="plain"
# -             x = add_variance(v, t, mean)
# +             x = mean

# %% wrong="variance_twice" of="plain"
# -             x = add_variance(v, t, mean)
# +             x = add_variance(v, t, add_variance(v, t, mean))

# %% wrong="variance_unit_noise" of="plain"
# -             x = add_variance(v, t, mean)
# +             x = mean + torch.randn_like(x)

# %% wrong="variance_wrong_time" of="plain"
# -             x = add_variance(v, t, mean)
# +             x = add_variance(v, t_prev, mean) if t_prev else mean

# %% wrong="x_0_from_variance" of="plain"
# -             eps, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
# +             v, eps = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)

# %% wrong="x_0_kept" of="plain"
# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +             mean = x_0

# %% wrong="x_0_not_divided" of="plain"
# -             x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
# +             x_0 = x - (1 - a).sqrt() * eps

# %% wrong="x_0_without_sqrt" of="plain"
# -             x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
# +             x_0 = (x - (1 - a) * eps) / a
