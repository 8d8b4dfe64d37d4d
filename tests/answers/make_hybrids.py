# %% right="plain"
def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    image = im_noisy
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            cond_1 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_low, return_dict=False)[0]
            cond_2 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_high, return_dict=False)[0]
            uncond = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
            noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
            noise = low(noise_1) + (noise_2 - low(noise_2))
            variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            alpha = a / b
            x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
            mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
            image = add_variance(variance, t, mean)
    return image

# %% right="batch_of_three"
@torch.inference_mode()
def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    side = im_noisy.shape[-1]
    sigma = 2 * side / 64
    kernel = 2 * round(33 * side / 64 / 2) + 1
    embeds = torch.cat([prompt_embeds_high, uncond_prompt_embeds, prompt_embeds_low])
    x = im_noisy
    for i in range(i_start, len(timesteps) - 1):
        t, s = timesteps[i], timesteps[i + 1]
        fine, none, coarse = stage_1.unet(x.repeat(3, 1, 1, 1), t, encoder_hidden_states=embeds).sample.split(1)
        guided = [none[:, :3] + scale * (cond - none)[:, :3] for cond in (coarse, fine)]
        # low(a) + b - low(b) = b + low(a - b)
        eps = guided[1] + gaussian_blur(guided[0] - guided[1], [kernel, kernel], [sigma, sigma])
        k, m = alphas_cumprod[t], alphas_cumprod[s]
        clean = (x - torch.sqrt(1 - k) * eps) / torch.sqrt(k)
        mean = torch.sqrt(m) * (1 - k / m) / (1 - k) * clean + torch.sqrt(k / m) * (1 - m) / (1 - k) * x
        x = add_variance((coarse + fine)[:, 3:] / 2, t, mean)
    return x

# %% right="blur_of_pictures"
def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    # x_0_pred and the mean are linear in the noise, so the two estimates of the clean picture can be put together, too.
    x = im_noisy.clone()
    with torch.no_grad():
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            uncond = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            clean, variance = [], torch.zeros_like(x)
            for embeds in (prompt_embeds_low, prompt_embeds_high):
                cond = stage_1.unet(x, t, encoder_hidden_states=embeds, return_dict=False)[0]
                noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
                clean.append((x - (1 - a).sqrt() * noise) / a.sqrt())
                variance += cond[:, 3:] / 2
            x_0 = low(clean[0]) + clean[1] - low(clean[1])
            x = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(variance, t, x)
    return x

# %% right="class_with_state"
class Hybrid:
    def __init__(self, low, high, nothing, scale, side):
        self.embeds, self.scale = torch.cat([nothing, low, nothing, high]), scale
        half = side // 4
        reach = torch.arange(-half, half + 1)
        weights = torch.exp(-0.5 * (reach / (side / 32)) ** 2)
        self.weights = (weights / weights.sum()).reshape(1, 1, 1, -1).repeat(3, 1, 1, 1)
        self.half = half

    def blurred(self, x):
        x = torch.nn.functional.pad(x, [self.half] * 4, mode="reflect")
        x = torch.nn.functional.conv2d(x, self.weights.to(x), groups=3)
        return torch.nn.functional.conv2d(x, self.weights.to(x).transpose(2, 3), groups=3)

    @torch.no_grad()
    def step(self, x, now, following):
        rows = x.expand(4, -1, -1, -1)
        answers = stage_1.unet(rows, now, encoder_hidden_states=self.embeds, return_dict=False)[0]
        uncond, cond = answers[0::2], answers[1::2]
        low, high = (uncond + self.scale * (cond - uncond))[:, :3].split(1)
        noise = self.blurred(low) + high - self.blurred(high)
        clean = (x - (1 - alphas_cumprod[now]) ** 0.5 * noise) / alphas_cumprod[now] ** 0.5
        ratio = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - ratio) / (1 - alphas_cumprod[now])
        second = ratio**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        return add_variance(cond[:, 3:].mean(0, keepdim=True), now, first * clean + second * x)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    hybrid = Hybrid(prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, scale, im_noisy.shape[-1])
    x, i = im_noisy, i_start
    while i < len(timesteps) - 1:
        x = hybrid.step(x, timesteps[i], timesteps[i + 1])
        i += 1
    return x

# %% right="diffusers_scheduler"
def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    picture = im_noisy
    for t in timesteps[i_start:-1]:
        sides = []
        for embeds in (prompt_embeds_low, prompt_embeds_high):
            cond, uncond = (
                stage_1.unet(picture, t, encoder_hidden_states=e, return_dict=False)[0]
                for e in (embeds, uncond_prompt_embeds)
            )
            cond[:, :3] = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
            sides.append(cond)
        noise = low(sides[0][:, :3]) + sides[1][:, :3] - low(sides[1][:, :3])
        answer = torch.cat([noise, (sides[0] + sides[1])[:, 3:] / 2], dim=1)
        picture = stage_1.scheduler.step(answer, t, picture, return_dict=False)[0]
    return picture

# %% right="four_calls"
def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def guided(x, t, embeds, nothing, scale):
    cond = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=embeds).sample.detach()
    uncond = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=nothing).sample.detach()
    return torch.lerp(uncond[:, :3], cond[:, :3], float(scale)), cond[:, 3:]


def denoised(x, pairs, one, two, nothing, scale):
    for t, s in pairs:
        eps_low, v_low = guided(x, t, one, nothing, scale)
        eps_high, v_high = guided(x, t, two, nothing, scale)
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        x_0 = (x - (low(eps_low) + eps_high - low(eps_high)) * torch.sqrt(1 - a)) / torch.sqrt(a)
        k = torch.sqrt(b) * (1 - a / b) / (1 - a)
        x = (k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x).float()
        x = add_variance(torch.stack([v_low, v_high]).mean(0), t, x)
        yield x


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    kept = timesteps[i_start:]
    *_, last = denoised(
        im_noisy, zip(kept, kept[1:]), prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, scale
    )
    return last.numpy()

# %% right="half_cuda"
def low(x):
    return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)


def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    x = im_noisy.half().cuda()
    abars = alphas_cumprod.cuda()
    embeds = torch.cat([prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds]).half().cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
            out = stage_1.unet(torch.cat([x] * 3), t, encoder_hidden_states=embeds, return_dict=False)[0]
            eps = out[2:, :3] + scale * (out[:2, :3] - out[2:, :3])
            eps = low(eps[:1]) + eps[1:] - low(eps[1:])
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(out[:2, 3:].mean(0, keepdim=True), t, mean).half()
    return x

# %% wrong="averaged" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = (uncond[:, :3] + cond_1[:, :3]) / 2
# +             noise_2 = (uncond[:, :3] + cond_2[:, :3]) / 2

# %% wrong="both_low" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = low(noise_1) + low(noise_2)

# %% wrong="cfg_on_variance" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2
# +             v_1 = uncond[:, 3:] + scale * (cond_1[:, 3:] - uncond[:, 3:])
# +             v_2 = uncond[:, 3:] + scale * (cond_2[:, 3:] - uncond[:, 3:])
# +             variance = (v_1 + v_2) / 2

# %% wrong="coefficients_swapped" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * (1 - alpha) / (1 - a) * image + alpha.sqrt() * (1 - b) / (1 - a) * x_0

# %% wrong="cond_only_scaled" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = uncond[:, :3] + scale * cond_1[:, :3]
# +             noise_2 = uncond[:, :3] + scale * cond_2[:, :3]

# %% wrong="cond_uncond_swapped" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = cond_1[:, :3] + scale * (uncond[:, :3] - cond_1[:, :3])
# +             noise_2 = cond_2[:, :3] + scale * (uncond[:, :3] - cond_2[:, :3])

# %% wrong="ddim_step" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * x_0 + (1 - b).sqrt() * noise

# %% wrong="difference_only" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = scale * (cond_1[:, :3] - uncond[:, :3])
# +             noise_2 = scale * (cond_2[:, :3] - uncond[:, :3])

# %% wrong="difference_reversed" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = uncond[:, :3] + scale * (uncond[:, :3] - cond_1[:, :3])
# +             noise_2 = uncond[:, :3] + scale * (uncond[:, :3] - cond_2[:, :3])

# %% wrong="gamma_for_w" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = uncond[:, :3] + (1 + scale) * (cond_1[:, :3] - uncond[:, :3])
# +             noise_2 = uncond[:, :3] + (1 + scale) * (cond_2[:, :3] - uncond[:, :3])

# %% wrong="high_pass_missing" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = low(noise_1) + noise_2

# %% wrong="high_pass_of_difference" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = low(noise_1) + (noise_1 - low(noise_2))

# %% wrong="high_pass_of_other_prompt" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = low(noise_1) + (noise_2 - low(noise_1))

# %% wrong="high_pass_sign" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = low(noise_1) + (low(noise_2) - noise_2)

# %% wrong="kernel_cut_off" of="plain"
# -     return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)
# +     return gaussian_blur(x, 3, x.shape[-1] / 32)

# %% wrong="kernel_not_scaled" of="plain"
# -     return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)
# +     return gaussian_blur(x, 33, 2)

# %% wrong="low_and_high_swapped" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = low(noise_2) + (noise_1 - low(noise_1))

# %% wrong="low_and_high_swapped__prompts" of="plain"
# -             cond_1 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_low, return_dict=False)[0]
# -             cond_2 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_high, return_dict=False)[0]
# +             cond_1 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_high, return_dict=False)[0]
# +             cond_2 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_low, return_dict=False)[0]

# %% wrong="low_pass_missing" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = noise_1 + noise_2 - low(noise_2)

# %% wrong="noise_for_x_0" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * (1 - alpha) / (1 - a) * noise + alpha.sqrt() * (1 - b) / (1 - a) * image

# %% wrong="noises_averaged" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = (noise_1 + noise_2) / 2

# %% wrong="noises_summed" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = noise_1 + noise_2

# %% wrong="noises_summed__clamped" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = noise_1 + noise_2

#               x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = x_0.clamp(-1, 1)

# %% wrong="one_prompt_only" of="plain"
# -             cond_2 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_high, return_dict=False)[0]
# +             cond_2 = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_low, return_dict=False)[0]

# %% wrong="parts_averaged" of="plain"
# -             noise = low(noise_1) + (noise_2 - low(noise_2))
# +             noise = (low(noise_1) + noise_2 - low(noise_2)) / 2

# %% wrong="picture_not_updated" of="plain"
# -             image = add_variance(variance, t, mean)
# -     return image
# +             result = add_variance(variance, t, mean)
# +     return result

# %% wrong="prompt_has_no_part" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = uncond[:, :3]
# +             noise_2 = uncond[:, :3]

# %% wrong="returns_x_0" of="plain"
# -     return image
# +     return x_0

# %% wrong="scale_fixed" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = uncond[:, :3] + 7 * (cond_1[:, :3] - uncond[:, :3])
# +             noise_2 = uncond[:, :3] + 7 * (cond_2[:, :3] - uncond[:, :3])

# %% wrong="scale_ignored" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = cond_1[:, :3]
# +             noise_2 = cond_2[:, :3]

# %% wrong="sigma_doubled" of="plain"
# -     return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)
# +     return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 16)

# %% wrong="sigma_halved" of="plain"
# -     return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)
# +     return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 64)

# %% wrong="sigma_of_torchvision" of="plain"
# -     return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1, x.shape[-1] / 32)
# +     return gaussian_blur(x, 2 * (x.shape[-1] // 4) + 1)

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
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = scale * cond_1[:, :3] - uncond[:, :3]
# +             noise_2 = scale * cond_2[:, :3] - uncond[:, :3]

# %% wrong="uncond_not_weighed__clamped" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = scale * cond_1[:, :3] - uncond[:, :3]
# +             noise_2 = scale * cond_2[:, :3] - uncond[:, :3]

#               x_0 = (image - (1 - a).sqrt() * noise) / a.sqrt()
# +             x_0 = x_0.clamp(-1, 1)

# %% wrong="uncond_unasked" of="plain"
# -             uncond = stage_1.unet(image, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
# +             uncond = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds_low, return_dict=False)[0]

# %% wrong="unstrided_beta" of="plain"
# -             alpha = a / b
# +             alpha = alphas_cumprod[t] / alphas_cumprod[t - 1]

# %% wrong="unstrided_beta_only" of="plain"
# -             mean = b.sqrt() * (1 - alpha) / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image
# +             mean = b.sqrt() * stage_1.scheduler.betas[t] / (1 - a) * x_0 + alpha.sqrt() * (1 - b) / (1 - a) * image

# %% wrong="unstrided_prev" of="plain"
# -             a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             a, b = alphas_cumprod[t], alphas_cumprod[t - 1]

# %% wrong="variance_filtered" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2
# +             variance = low(cond_1[:, 3:]) + cond_2[:, 3:] - low(cond_2[:, 3:])

# %% wrong="variance_from_noise" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = add_variance(noise, t, mean)

# %% wrong="variance_missing" of="plain"
# -             image = add_variance(variance, t, mean)
# +             image = mean

# %% wrong="variance_of_high" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2
# +             variance = cond_2[:, 3:]

# %% wrong="variance_of_low" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2
# +             variance = cond_1[:, 3:]

# %% wrong="variance_of_uncond" of="plain"
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2
# +             variance = uncond[:, 3:]

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
# -             variance = (cond_1[:, 3:] + cond_2[:, 3:]) / 2
# +             variance = cond_1[:, 3:] + cond_2[:, 3:]

# %% wrong="w_for_gamma" of="plain"
# -             noise_1 = uncond[:, :3] + scale * (cond_1[:, :3] - uncond[:, :3])
# -             noise_2 = uncond[:, :3] + scale * (cond_2[:, :3] - uncond[:, :3])
# +             noise_1 = uncond[:, :3] + (scale - 1) * (cond_1[:, :3] - uncond[:, :3])
# +             noise_2 = uncond[:, :3] + (scale - 1) * (cond_2[:, :3] - uncond[:, :3])

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
