# %% right="clamped_and_own_noise"
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        a, b = alphas_cumprod[timesteps[i]], alphas_cumprod[timesteps[i + 1]]
        beta = 1 - a / b
        with torch.no_grad():
            u = stage_1.unet(x, timesteps[i], encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            c = stage_1.unet(x, timesteps[i], encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        eps = scale * c[:, :3] + (1 - scale) * u[:, :3]
        x_0 = ((x - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1)
        x = b.sqrt() * beta / (1 - a) * x_0 + (1 - beta).sqrt() * (1 - b) / (1 - a) * x
        if i < len(timesteps) - 2:
            frac = (c[:, 3:] + 1) / 2
            log_variance = frac * beta.log() + (1 - frac) * ((1 - b) / (1 - a) * beta).log()
            x = x + (0.5 * log_variance).exp() * torch.randn_like(x)
    return x

# %% right="class_guides_x_0"
class Guide:
    """Guides the clean picture in place of the noise: the step is linear in both."""

    def __init__(self, cond, uncond, scale):
        self.cond, self.uncond, self.scale = cond, uncond, scale

    def clean(self, x, t, embeds):
        noise, variance = stage_1.unet(x, t, encoder_hidden_states=embeds, return_dict=False)[0].chunk(2, dim=1)
        return (x - (1 - alphas_cumprod[t]) ** 0.5 * noise) / alphas_cumprod[t] ** 0.5, variance

    def __call__(self, x, t):
        without, _ = self.clean(x, t, self.uncond)
        with_prompt, variance = self.clean(x, t, self.cond)
        return torch.lerp(without, with_prompt, float(self.scale)), variance


@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    guide, x, i = Guide(prompt_embeds, uncond_prompt_embeds, scale), im_noisy, i_start
    while i < len(timesteps) - 1:
        now, following = timesteps[i], timesteps[i + 1]
        x_0, variance = guide(x, now)
        kept = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - kept) / (1 - alphas_cumprod[now])
        second = kept**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        x = add_variance(variance, now, first * x_0 + second * x)
        i += 1
    return x

# %% right="cond_first_two_calls"
@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy.clone()
    for i in range(i_start, len(timesteps) - 1):
        t, prev_t = timesteps[i], timesteps[i + 1]
        model_output = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        uncond_model_output = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise_est, predicted_variance = torch.split(model_output, image.shape[1], dim=1)
        uncond_noise_est, _ = torch.split(uncond_model_output, image.shape[1], dim=1)
        noise_est = uncond_noise_est + scale * (noise_est - uncond_noise_est)
        alpha_cumprod, alpha_cumprod_prev = alphas_cumprod[t], alphas_cumprod[prev_t]
        alpha = alpha_cumprod / alpha_cumprod_prev
        beta = 1 - alpha
        x_zero = (image - torch.sqrt(1 - alpha_cumprod) * noise_est) / torch.sqrt(alpha_cumprod)
        pred_prev_image = torch.sqrt(alpha_cumprod_prev) * beta / (1 - alpha_cumprod) * x_zero
        pred_prev_image += torch.sqrt(alpha) * (1 - alpha_cumprod_prev) / (1 - alpha_cumprod) * image
        image = add_variance(predicted_variance, t, pred_prev_image)
    return image.cpu().detach().numpy()

# %% right="diffusers_scheduler"
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    picture = im_noisy
    embeds = torch.cat([uncond_prompt_embeds, prompt_embeds])
    for t in timesteps[i_start:-1]:
        answer = stage_1.unet(torch.cat([picture] * 2), t, encoder_hidden_states=embeds, return_dict=False)[0]
        noise_pred_uncond, noise_pred_text = answer.chunk(2)
        noise_pred_uncond, _ = noise_pred_uncond.split(3, dim=1)
        noise_pred_text, predicted_variance = noise_pred_text.split(3, dim=1)
        noise_pred = noise_pred_uncond + scale * (noise_pred_text - noise_pred_uncond)
        noise_pred = torch.cat([noise_pred, predicted_variance], dim=1)
        picture = stage_1.scheduler.step(noise_pred, t, picture, return_dict=False)[0]
    return picture

# %% right="generator_with_w"
def pictures(x, steps, cond, uncond, w):
    for t, s in steps:
        both = stage_1.unet(
            x.expand(2, -1, -1, -1), torch.tensor([t, t]), encoder_hidden_states=torch.cat([cond, uncond])
        ).sample
        eps = (1 + w) * both[:1, :3] - w * both[1:, :3]  # Ho and Salimans 2022, eq. 6
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        beta = 1 - a / b
        # Ho et al. 2020, eq. 11
        mean = (x - beta / torch.sqrt(1 - a) * eps) / torch.sqrt(1 - beta)
        x = add_variance(both[:1, 3:], t, mean.float())
        yield x


def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    kept = timesteps[i_start:]
    with torch.inference_mode():
        return list(pictures(im_noisy, zip(kept, kept[1:]), prompt_embeds, uncond_prompt_embeds, scale - 1))[-1]

# %% right="half_cuda"
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    embeds = torch.cat([prompt_embeds, uncond_prompt_embeds]).half().to("cuda")
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            out = stage_1.unet(x.repeat(2, 1, 1, 1), t, encoder_hidden_states=embeds, return_dict=False)[0]
            noise_est, v = out.split(3, dim=1)
            eps = noise_est[1:] + scale * (noise_est[:1] - noise_est[1:])
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(v[:1], t, mean).half()
    return x.cpu()

# %% right="in_place"
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy.clone()
    shown = []
    with torch.no_grad():
        for i, t in enumerate(timesteps[:-1]):
            if i < i_start:
                continue
            a, b = alphas_cumprod[t].item(), alphas_cumprod[timesteps[i + 1]].item()
            out = {}
            for name, embeds in {"without": uncond_prompt_embeds, "with": prompt_embeds}.items():
                out[name] = stage_1.unet(x, t, encoder_hidden_states=embeds, return_dict=False)[0]
            noise = out["with"][:, :3].sub(out["without"][:, :3]).mul_(scale).add_(out["without"][:, :3])
            x_0 = x.sub(noise.mul_((1 - a) ** 0.5)).div_(a**0.5)
            x.mul_((a / b) ** 0.5 * (1 - b) / (1 - a)).add_(x_0, alpha=b**0.5 * (1 - a / b) / (1 - a))
            x.copy_(add_variance(out["with"][:, 3:], t, x))
            if display:
                shown.append(x.clone())
    return x

# %% right="one_batch"
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy
    embeds = torch.cat([uncond_prompt_embeds, prompt_embeds])
    with torch.no_grad():
        for i in range(i_start, len(timesteps) - 1):
            t, t_prev = timesteps[i], timesteps[i + 1]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]
            uncond, cond = answer.chunk(2)
            noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
            variance = cond[:, 3:]
            alpha = a / b
            beta = 1 - alpha
            x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
            mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(variance, t, mean)
    return x

# %% wrong="abar_indexed_by_i" of="one_batch"
# -             a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             a, b = alphas_cumprod[i], alphas_cumprod[i + 1]

# %% wrong="abar_indexed_by_i__x_0_only"
@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, t_prev = timesteps[i], timesteps[i + 1]
        out_cond = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        out_uncond = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise_cond, variance = out_cond.split(3, dim=1)
        noise_uncond = out_uncond[:, :3]
        noise_est = noise_uncond + scale * (noise_cond - noise_uncond)
        x_0_pred = predict_x_0(image, i, noise_est, alphas_cumprod).clamp(-1, 1)
        mean = denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod)
        image = add_variance(variance, t, mean)
    return image

# %% wrong="averaged" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = (cond[:, :3] + uncond[:, :3]) / 2

# %% wrong="brackets_missing" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = uncond[:, :3] + scale * cond[:, :3] - uncond[:, :3]

# %% wrong="cfg_on_variance" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# -             variance = cond[:, 3:]
# +             guided = uncond + scale * (cond - uncond)
# +             noise, variance = guided.chunk(2, dim=1)

# %% wrong="coefficients_swapped" of="one_batch"
# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +             mean = b.sqrt() * beta / (1 - a) * x + alpha.sqrt() * (1 - b) / (1 - a) * x_0

# %% wrong="cond_only_scaled" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = uncond[:, :3] + scale * cond[:, :3]

# %% wrong="cond_unasked__uncond_twice" of="one_batch"
# -     embeds = torch.cat([uncond_prompt_embeds, prompt_embeds])
# +     embeds = torch.cat([uncond_prompt_embeds, uncond_prompt_embeds])

# %% wrong="cond_uncond_swapped" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = cond[:, :3] + scale * (uncond[:, :3] - cond[:, :3])

# %% wrong="cond_uncond_swapped__arguments" of="one_batch"
# -     embeds = torch.cat([uncond_prompt_embeds, prompt_embeds])
# +     embeds = torch.cat([prompt_embeds, uncond_prompt_embeds])

# %% wrong="cond_uncond_swapped__chunks" of="one_batch"
# -             uncond, cond = answer.chunk(2)
# +             cond, uncond = answer.chunk(2)

# %% wrong="ddim_step" of="one_batch"
# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +             mean = b.sqrt() * x_0 + (1 - b).sqrt() * noise

# %% wrong="difference_only" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = scale * (cond[:, :3] - uncond[:, :3])

# %% wrong="difference_reversed" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = uncond[:, :3] + scale * (uncond[:, :3] - cond[:, :3])

# %% wrong="gamma_for_w" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = uncond[:, :3] + (1 + scale) * (cond[:, :3] - uncond[:, :3])

# %% wrong="gamma_for_w__from_cond" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = cond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])

# %% wrong="global_timesteps" of="one_batch"
#       x = im_noisy
# +     timesteps = strided_timesteps

# %% wrong="interpolated" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = (uncond[:, :3] + scale * cond[:, :3]) / (1 + scale)

# %% wrong="noise_for_x_0" of="one_batch"
# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +             mean = b.sqrt() * beta / (1 - a) * noise + alpha.sqrt() * (1 - b) / (1 - a) * x

# %% wrong="noise_guided"
def step(x, t, t_prev, embeds):
    a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
    noise, variance = stage_1.unet(x, t, encoder_hidden_states=embeds, return_dict=False)[0].chunk(2, dim=1)
    x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
    mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
    return mean, variance


def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            mean_uncond, _ = step(x, t, t_prev, uncond_prompt_embeds)
            mean_cond, variance = step(x, t, t_prev, prompt_embeds)
            uncond, cond = add_variance(variance, t, mean_uncond), add_variance(variance, t, mean_cond)
            x = uncond + scale * (cond - uncond)
    return x

# %% wrong="other_picture" of="one_batch"
# -             answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]
# +             answer = stage_1.unet(torch.cat([im_noisy, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]

# %% wrong="picture_clamped"
@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, t_prev = timesteps[i], timesteps[i + 1]
        out_cond = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        out_uncond = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise_cond, variance = out_cond.split(3, dim=1)
        noise_uncond = out_uncond[:, :3]
        noise_est = noise_uncond + scale * (noise_cond - noise_uncond)
        x_0_pred = predict_x_0(image, t, noise_est, alphas_cumprod).clamp(-1, 1)
        mean = denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod)
        image = add_variance(variance, t, mean).clamp(-1, 1)
    return image

# %% wrong="picture_not_updated" of="one_batch"
# -             x = add_variance(variance, t, mean)
# +             image = add_variance(variance, t, mean)

# %% wrong="prompt_has_no_part" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = uncond[:, :3]

# %% wrong="returns_x_0" of="one_batch"
# -     return x
# +     return x_0

# %% wrong="scale_fixed" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = uncond[:, :3] + 7 * (cond[:, :3] - uncond[:, :3])

# %% wrong="scale_ignored" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = cond[:, :3]

# %% wrong="starts_wrong" of="one_batch"
# -         for i in range(i_start, len(timesteps) - 1):
# +         for i in range(len(timesteps) - 1):

# %% wrong="starts_wrong__one_late" of="one_batch"
# -         for i in range(i_start, len(timesteps) - 1):
# +         for i in range(i_start + 1, len(timesteps) - 1):

# %% wrong="step_without_sqrt" of="one_batch"
# -             mean = b.sqrt() * beta / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * x
# +             mean = b * beta / (1 - a) * x_0 + alpha * (1 - b) / (1 - a) * x

# %% wrong="stops_early" of="one_batch"
# -         for i in range(i_start, len(timesteps) - 1):
# +         for i in range(i_start, len(timesteps) - 2):

# %% wrong="stops_early__one_step" of="one_batch"
# -     return x
# +             return x

# %% wrong="time_is_index" of="one_batch"
# -             answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]
# +             answer = stage_1.unet(torch.cat([x, x]), i, encoder_hidden_states=embeds, return_dict=False)[0]

# %% wrong="time_off" of="one_batch"
# -             answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]
# +             answer = stage_1.unet(torch.cat([x, x]), t_prev, encoder_hidden_states=embeds, return_dict=False)[0]

# %% wrong="uncond_not_weighed" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = scale * cond[:, :3] - uncond[:, :3]

# %% wrong="uncond_unasked__cond_twice" of="one_batch"
# -     embeds = torch.cat([uncond_prompt_embeds, prompt_embeds])
# +     embeds = torch.cat([prompt_embeds, prompt_embeds])

# %% wrong="uncond_unasked__one_call" of="one_batch"
# -     embeds = torch.cat([uncond_prompt_embeds, prompt_embeds])

# -             answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]
# -             uncond, cond = answer.chunk(2)
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             cond = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
# +             noise = scale * cond[:, :3]

# %% wrong="unstrided_beta" of="one_batch"
# -             alpha = a / b
# +             alpha = a / alphas_cumprod[t - 1]

# %% wrong="unstrided_beta_only" of="one_batch"
# -             beta = 1 - alpha
# +             beta = 1 - a / alphas_cumprod[t - 1]

# %% wrong="unstrided_prev" of="one_batch"
# -             a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             a, b = alphas_cumprod[t], alphas_cumprod[t - 1]

# %% wrong="variance_averaged" of="one_batch"
# -             variance = cond[:, 3:]
# +             variance = answer[:, 3:].mean(0, keepdim=True)

# %% wrong="variance_from_noise" of="one_batch"
# -             x = add_variance(variance, t, mean)
# +             x = add_variance(noise, t, mean)

# %% wrong="variance_missing" of="one_batch"
# -             x = add_variance(variance, t, mean)
# +             x = mean

# %% wrong="variance_of_uncond" of="one_batch"
# -             variance = cond[:, 3:]
# +             variance = uncond[:, 3:]

# %% wrong="variance_twice" of="one_batch"
# -             x = add_variance(variance, t, mean)
# +             x = add_variance(variance, t, add_variance(variance, t, mean))

# %% wrong="variance_unit_noise" of="one_batch"
# -             x = add_variance(variance, t, mean)
# +             x = mean + torch.randn_like(mean)

# %% wrong="variance_wrong_time" of="one_batch"
# -             x = add_variance(variance, t, mean)
# +             x = add_variance(variance, t_prev, mean)

# %% wrong="w_for_gamma" of="one_batch"
# -             noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
# +             noise = uncond[:, :3] + (scale - 1) * (cond[:, :3] - uncond[:, :3])

# %% wrong="x_0_at_t_prev"
@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, t_prev = timesteps[i], timesteps[i + 1]
        out_cond = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        out_uncond = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise_cond, variance = out_cond.split(3, dim=1)
        noise_uncond = out_uncond[:, :3]
        noise_est = noise_uncond + scale * (noise_cond - noise_uncond)
        x_0_pred = predict_x_0(image, t_prev, noise_est, alphas_cumprod).clamp(-1, 1)
        mean = denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod)
        image = add_variance(variance, t, mean)
    return image

# %% wrong="x_0_halved"
@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, t_prev = timesteps[i], timesteps[i + 1]
        out_cond = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        out_uncond = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise_cond, variance = out_cond.split(3, dim=1)
        noise_uncond = out_uncond[:, :3]
        noise_est = noise_uncond + scale * (noise_cond - noise_uncond)
        x_0_pred = predict_x_0(image, t, noise_est, alphas_cumprod).clamp(0, 1)
        mean = denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod)
        image = add_variance(variance, t, mean)
    return image

# %% wrong="x_0_kept" of="one_batch"
# -             x = add_variance(variance, t, mean)
# +             x = x_0

# %% wrong="x_0_not_divided" of="one_batch"
# -             x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = x - (1 - a).sqrt() * noise

# %% wrong="x_0_without_sqrt" of="one_batch"
# -             x_0 = (x - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = (x - (1 - a) * noise) / a

# %% wrong="x_0_without_sqrt__clamped"
@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    image = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, t_prev = timesteps[i], timesteps[i + 1]
        out_cond = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        out_uncond = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise_cond, variance = out_cond.split(3, dim=1)
        noise_uncond = out_uncond[:, :3]
        noise_est = noise_uncond + scale * (noise_cond - noise_uncond)
        a = alphas_cumprod[t]
        x_0_pred = ((image - (1 - a) * noise_est) / a).clamp(-1, 1)
        mean = denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod)
        image = add_variance(variance, t, mean)
    return image
