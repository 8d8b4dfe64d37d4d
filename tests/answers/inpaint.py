# %% right="plain"
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = torch.randn_like(original_image)
    with torch.no_grad():
        for i in range(len(timesteps) - 1):
            t, t_prev = timesteps[i], timesteps[i + 1]
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            eps_c, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
            eps_u, _ = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(2, 1)
            eps = eps_u + scale * (eps_c - eps_u)
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean)
            kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
            x = mask * x + (1 - mask) * kept
    return x

# %% right="batched_helpers"
from helpers.sampling import denoising_step, forward, predict_x_0


@torch.no_grad()
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x_t, shown = torch.randn(original_image.shape), []
    both = torch.cat([prompt_embeds, uncond_prompt_embeds])
    for t, t_prev in zip(timesteps, timesteps[1:]):
        answer = stage_1.unet(x_t.repeat(2, 1, 1, 1), t, encoder_hidden_states=both, return_dict=False)[0]
        (cond, variance), (uncond, _) = answer[0:1].split(3, dim=1), answer[1:2].split(3, dim=1)
        noise_est = (1 - scale) * uncond + scale * cond
        x_0_pred = predict_x_0(x_t, t, noise_est, alphas_cumprod)
        x_t = add_variance(variance, t, denoising_step(x_t, x_0_pred, t, t_prev, alphas_cumprod))
        x_t = torch.lerp(forward(original_image, t_prev, alphas_cumprod), x_t, mask.expand_as(x_t))
        shown.append(x_t)
    return shown[-1]

# %% right="blend_before_and_at_the_end"
from helpers.sampling import denoising_step, forward, predict_x_0


# As RePaint's own code does it: the picture is blended at its own noise level before each step, and once more at the end.
@torch.no_grad()
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = torch.randn_like(original_image)
    for i in range(len(timesteps)):
        t = timesteps[i]
        x = mask * x + (1 - mask) * forward(original_image, t, alphas_cumprod)
        if i == len(timesteps) - 1:
            return x
        out_u = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        out_c = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        eps = out_u[:, :3] + scale * (out_c[:, :3] - out_u[:, :3])
        x_0 = predict_x_0(x, t, eps, alphas_cumprod)
        x = add_variance(out_c[:, 3:], t, denoising_step(x, x_0, t, timesteps[i + 1], alphas_cumprod))

# %% right="class_with_state"
class Painter:
    def __init__(self, original, mask, cond, uncond, scale):
        self.original, self.new = original, mask.bool().expand_as(original)
        self.embeds, self.scale = {"cond": cond, "uncond": uncond}, scale
        self.picture = torch.randn_like(original)

    def ask(self, which, t):
        return stage_1.unet(self.picture, t, encoder_hidden_states=self.embeds[which], return_dict=False)[0]

    def noised(self, t):
        return alphas_cumprod[t] ** 0.5 * self.original + (1 - alphas_cumprod[t]) ** 0.5 * torch.randn_like(
            self.original
        )

    @torch.inference_mode()
    def step(self, now, following):
        uncond, cond = self.ask("uncond", now), self.ask("cond", now)
        noise = uncond[:, :3] + self.scale * (cond[:, :3] - uncond[:, :3])
        clean = (self.picture - (1 - alphas_cumprod[now]) ** 0.5 * noise) / alphas_cumprod[now] ** 0.5
        ratio = alphas_cumprod[now] / alphas_cumprod[following]
        first = alphas_cumprod[following] ** 0.5 * (1 - ratio) / (1 - alphas_cumprod[now])
        second = ratio**0.5 * (1 - alphas_cumprod[following]) / (1 - alphas_cumprod[now])
        drawn = add_variance(cond[:, 3:], now, first * clean + second * self.picture)
        self.picture = torch.where(self.new, drawn, self.noised(following))


def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    painter, i = Painter(original_image, mask, prompt_embeds, uncond_prompt_embeds, scale), 0
    while i < len(timesteps) - 1:
        painter.step(timesteps[i], timesteps[i + 1])
        i += 1
    return painter.picture

# %% right="diffusers_scheduler"
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    scheduler = stage_1.scheduler
    scheduler.set_timesteps(timesteps=timesteps)
    picture = torch.randn_like(original_image)
    for t, following in zip(timesteps, timesteps[1:]):
        cond = stage_1.unet(picture, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        uncond = stage_1.unet(picture, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
        picture = scheduler.step(torch.cat([noise, cond[:, 3:]], dim=1), t, picture, return_dict=False)[0]
        known = scheduler.add_noise(original_image, torch.randn_like(original_image), torch.tensor([following]))
        picture = mask * picture + (1 - mask) * known
    return picture

# %% right="generator_of_pictures"
def noised(image, t):
    a = alphas_cumprod[t].double()
    return torch.sqrt(a) * image + torch.sqrt(1 - a) * torch.randn_like(image)


def painted(original, mask, pairs, c, u, scale):
    x = torch.randn_like(original)
    for t, s in pairs:
        out_c = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=c).sample
        out_u = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=u).sample
        eps = out_u[:, :3] + scale * (out_c[:, :3] - out_u[:, :3])
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        # the mean in its noise form, Ho et al. 2020, eq. 11
        mean = (x - (1 - a / b) / torch.sqrt(1 - a) * eps) / torch.sqrt(a / b)
        x = (mask * add_variance(out_c[:, 3:], t, mean) + (1 - mask) * noised(original, s)).float()
        yield x


def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    pairs = zip(timesteps, timesteps[1:])
    *_, last = painted(original_image, mask, pairs, prompt_embeds, uncond_prompt_embeds, scale)
    return last.detach().cpu().numpy()

# %% right="guidance_of_the_course"
from helpers.sampling import denoising_step, forward, predict_x_0
from helpers.sampling.guidance import guided_prediction


def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    predict = guided_prediction(stage_1, prompt_embeds, uncond_prompt_embeds, scale)
    x_t = torch.randn_like(original_image)
    with torch.no_grad():
        for t, t_prev in zip(timesteps, timesteps[1:]):
            noise_est, v = predict(x_t, t)
            mean = denoising_step(x_t, predict_x_0(x_t, t, noise_est, alphas_cumprod), t, t_prev, alphas_cumprod)
            kept = forward(original_image, t_prev, alphas_cumprod)
            x_t = kept + mask * (add_variance(v, t, mean) - kept)
    return x_t

# %% right="half_cuda"
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    original, m = original_image.half().cuda(), mask.half().cuda()
    c, u = prompt_embeds.half().cuda(), uncond_prompt_embeds.half().cuda()
    x = torch.randn(original.shape, device="cuda", dtype=torch.float16)
    abars = alphas_cumprod.cuda()
    with torch.no_grad(), torch.autocast("cuda"):
        for t, t_prev in zip(timesteps[:-1], timesteps[1:]):
            eps_c, v = torch.split(stage_1.unet(x, t, encoder_hidden_states=c, return_dict=False)[0], 3, dim=1)
            eps_u, _ = torch.split(stage_1.unet(x, t, encoder_hidden_states=u, return_dict=False)[0], 3, dim=1)
            eps = eps_u + scale * (eps_c - eps_u)
            a, b = abars[t], abars[t_prev]
            alpha = a / b
            x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
            mean = torch.sqrt(b) * (1 - alpha) / (1 - a) * x_0 + torch.sqrt(alpha) * (1 - b) / (1 - a) * x
            x = add_variance(v, t, mean)
            known = torch.sqrt(b) * original + torch.sqrt(1 - b) * torch.randn_like(original)
            x = (x * m + known * (1 - m)).half()
    return x

# %% right="in_place"
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    keep = (mask == 0).expand(original_image.shape)
    x = torch.empty_like(original_image).normal_()
    with torch.no_grad():
        for index, t in enumerate(timesteps[:-1]):
            s = timesteps[index + 1]
            a, b = float(alphas_cumprod[t]), float(alphas_cumprod[s])
            out = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
            eps = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0][:, :3].clone()
            eps += scale * (out[:, :3] - eps)
            clean = ((x - (1 - a) ** 0.5 * eps) / a**0.5).clamp_(-1, 1)
            x = add_variance(
                out[:, 3:], t, b**0.5 * (1 - a / b) / (1 - a) * clean + (a / b) ** 0.5 * (1 - b) / (1 - a) * x
            )
            noisy = original_image.clone().mul_(b**0.5).add_(torch.randn(original_image.shape), alpha=(1 - b) ** 0.5)
            x[keep] = noisy[keep]
    return x

# %% right="original_itself_at_the_end"
from helpers.sampling import denoising_step, forward, predict_x_0


@torch.no_grad()
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    source = torch.Generator().manual_seed(5)
    x = torch.randn(original_image.shape, generator=source)
    for t, t_prev in zip(timesteps, timesteps[1:]):
        out_c = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        out_u = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        eps = out_u[:, :3] + scale * (out_c[:, :3] - out_u[:, :3])
        x_0 = predict_x_0(x, t, eps, alphas_cumprod)
        x = add_variance(out_c[:, 3:], t, denoising_step(x, x_0, t, t_prev, alphas_cumprod))
        eps = torch.randn(original_image.shape, generator=source)
        kept = forward(original_image, t_prev, alphas_cumprod, eps) if t_prev > 0 else original_image
        x = x * mask + kept * (1 - mask)
    return x

# %% wrong="blend_before_step" of="plain"
#               a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             kept = a.sqrt() * original_image + (1 - a).sqrt() * torch.randn_like(original_image)
# +             x = mask * x + (1 - mask) * kept

# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * x + (1 - mask) * kept

# %% wrong="blend_before_step__at_t_prev" of="plain"
#               a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
# +             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             x = mask * x + (1 - mask) * kept

# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * x + (1 - mask) * kept

# %% wrong="cfg_on_variance" of="plain"
# -             eps_u, _ = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(2, 1)
# +             eps_u, v_u = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(
# +                 2, 1
# +             )
#               eps = eps_u + scale * (eps_c - eps_u)
# +             v = v_u + scale * (v - v_u)

# %% wrong="clamped" of="plain"
#               x = mask * x + (1 - mask) * kept
# +             x = x.clamp(-1, 1)

# %% wrong="clamped__before_the_blend" of="plain"
# -             x = add_variance(v, t, mean)
# +             x = add_variance(v, t, mean).clamp(-1, 1)

# %% wrong="cond_uncond_swapped" of="plain"
# -             eps = eps_u + scale * (eps_c - eps_u)
# +             eps = eps_c + scale * (eps_u - eps_c)

# %% wrong="forward_at_index" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             c = alphas_cumprod[i + 1]
# +             kept = c.sqrt() * original_image + (1 - c).sqrt() * torch.randn_like(original_image)

# %% wrong="forward_at_t" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = a.sqrt() * original_image + (1 - a).sqrt() * torch.randn_like(original_image)

# %% wrong="forward_later" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             c = alphas_cumprod[timesteps[min(i + 2, len(timesteps) - 1)]]
# +             kept = c.sqrt() * original_image + (1 - c).sqrt() * torch.randn_like(original_image)

# %% wrong="gamma_for_w" of="plain"
# -             eps = eps_u + scale * (eps_c - eps_u)
# +             eps = eps_c + scale * (eps_c - eps_u)

# %% wrong="kept_noise_by_variance" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = b.sqrt() * original_image + (1 - b) * torch.randn_like(original_image)

# %% wrong="kept_not_restored" of="plain"
# -             x = mask * x + (1 - mask) * kept
# +             x = mask * x + (1 - mask) * kept if i < len(timesteps) - 2 else x

# %% wrong="kept_not_restored__returned_early" of="plain"
#               x = add_variance(v, t, mean)
# +             if t_prev == 0:
# +                 return x

# %% wrong="kept_not_scaled" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = original_image + (1 - b).sqrt() * torch.randn_like(original_image)

# %% wrong="kept_without_noise" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * x + (1 - mask) * kept
# +             x = mask * x + (1 - mask) * original_image

# %% wrong="kept_without_sqrt" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = b * original_image + (1 - b) * torch.randn_like(original_image)

# %% wrong="kept_without_sqrt__of_the_original" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = b * original_image + (1 - b).sqrt() * torch.randn_like(original_image)

# %% wrong="mask_on_one_side" of="plain"
# -             x = mask * x + (1 - mask) * kept
# +             x = mask * x + mask * kept

# %% wrong="mask_on_one_side__inverse" of="plain"
# -             x = mask * x + (1 - mask) * kept
# +             x = (1 - mask) * x + (1 - mask) * kept

# %% wrong="mask_swapped" of="plain"
# -             x = mask * x + (1 - mask) * kept
# +             x = (1 - mask) * x + mask * kept

# %% wrong="noise_reused" of="plain"
#       x = torch.randn_like(original_image)
# +     noise = torch.randn_like(original_image)

# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = b.sqrt() * original_image + (1 - b).sqrt() * noise

# %% wrong="noise_reused__of_the_start" of="plain"
# -     x = torch.randn_like(original_image)
# +     noise = torch.randn_like(original_image)
# +     x = noise

# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = b.sqrt() * original_image + (1 - b).sqrt() * noise

# %% wrong="nothing_kept" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * x + (1 - mask) * kept

# %% wrong="original_in_x_0" of="plain"
#               x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
# +             x_0 = mask * x_0 + (1 - mask) * original_image

# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * x + (1 - mask) * kept

# %% wrong="pasted_at_the_end" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * x + (1 - mask) * kept
# -     return x
# +     b = alphas_cumprod[0]
# +     kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +     return mask * x + (1 - mask) * kept

# %% wrong="pasted_at_the_end__original" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * x + (1 - mask) * kept
# -     return x
# +     return mask * x + (1 - mask) * original_image

# %% wrong="scale_fixed" of="plain"
# -             eps = eps_u + scale * (eps_c - eps_u)
# +             eps = eps_u + 7 * (eps_c - eps_u)

# %% wrong="scale_ignored" of="plain"
# -             eps = eps_u + scale * (eps_c - eps_u)
# +             eps = eps_c

# %% wrong="starts_clean" of="plain"
# -         for i in range(len(timesteps) - 1):
# -             t, t_prev = timesteps[i], timesteps[i + 1]
# +         for i in range(len(timesteps) - 1, 0, -1):
# +             t, t_prev = timesteps[i], timesteps[i - 1]

# %% wrong="starts_clean__first_step"
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x, times = torch.randn_like(original_image), timesteps[::-1]
    with torch.no_grad():
        for t, t_prev in zip(times, times[1:]):
            a, b = alphas_cumprod[t], alphas_cumprod[t_prev]
            both = torch.cat([prompt_embeds, uncond_prompt_embeds])
            answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=both, return_dict=False)[0]
            (eps_c, eps_u), v = answer[:, :3].chunk(2), answer[:1, 3:]
            eps = eps_u + scale * (eps_c - eps_u)
            x_0 = ((x - (1 - a).sqrt() * eps) / a.sqrt()).clamp(-1, 1)
            mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            x = mask * add_variance(v, t, mean) + (1 - mask) * forward(original_image, t_prev, alphas_cumprod)
    return x

# %% wrong="stops_early" of="plain"
# -         for i in range(len(timesteps) - 1):
# +         for i in range(len(timesteps) - 2):

# %% wrong="uncond_unasked" of="plain"
# -             eps_u, _ = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(2, 1)
# -             eps = eps_u + scale * (eps_c - eps_u)
# +             eps = eps_c

# %% wrong="unstrided_beta" of="plain"
# -             mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
# +             mean = b.sqrt() * betas[t] / (1 - a) * x_0 + (1 - betas[t]).sqrt() * (1 - b) / (1 - a) * x

# %% wrong="variance_missing" of="plain"
# -             x = add_variance(v, t, mean)
# +             x = mean
