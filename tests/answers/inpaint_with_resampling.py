# %% right="plain"
def schedule_of(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    x = torch.randn_like(original_image)
    T = len(timesteps) - 1
    times = schedule_of(T, jump_length, n_resample)
    with torch.no_grad():
        for now, following in zip(times, times[1:]):
            t, t_next = timesteps[T - 1 - now], timesteps[T - 1 - following]
            a, b = alphas_cumprod[t], alphas_cumprod[t_next]
            if following > now:
                x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
                continue
            eps_c, v = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0].chunk(2, dim=1)
            eps_u, _ = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(2, 1)
            eps = eps_u + scale * (eps_c - eps_u)
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
            x = mask * add_variance(v, t, mean) + (1 - mask) * kept
    return x

# %% right="class_with_state"
def schedule_of(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


class RePaint:
    def __init__(self, original, mask, cond, uncond, scale):
        self.original, self.mask, self.scale = original, mask.bool().expand_as(original), scale
        self.cond, self.uncond = cond, uncond
        self.x = torch.randn_like(original)

    @torch.inference_mode()
    def down(self, t, s):
        uncond = stage_1.unet(self.x, t, encoder_hidden_states=self.uncond, return_dict=False)[0]
        cond = stage_1.unet(self.x, t, encoder_hidden_states=self.cond, return_dict=False)[0]
        noise = uncond[:, :3] + self.scale * (cond[:, :3] - uncond[:, :3])
        a, b = alphas_cumprod[t], alphas_cumprod[s]
        drawn = add_variance(cond[:, 3:], t, (self.x - (1 - a / b) / (1 - a) ** 0.5 * noise) / (a / b) ** 0.5)
        self.x = torch.where(self.mask, drawn, b**0.5 * self.original + (1 - b) ** 0.5 * torch.randn_like(drawn))

    def up(self, t, s):
        keep = alphas_cumprod[s] / alphas_cumprod[t]
        self.x = keep**0.5 * self.x + (1 - keep) ** 0.5 * torch.randn_like(self.x)


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    painter = RePaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, scale)
    T = len(timesteps) - 1
    places = [timesteps[T - 1 - time] for time in schedule_of(T, jump_length, n_resample)]
    for t, s in zip(places, places[1:]):
        (painter.down if s < t else painter.up)(t, s)
    return painter.x

# %% right="generator_of_pictures"
def schedule_of(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


def pictures(original, mask, c, u, places, scale):
    x = torch.randn_like(original)
    for t, s in zip(places, places[1:]):
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        if s > t:
            x = (torch.sqrt(b / a) * x + torch.sqrt(1 - b / a) * torch.randn_like(x)).float()
        else:
            out_c = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=c).sample
            out_u = stage_1.unet(x, torch.tensor(t), encoder_hidden_states=u).sample
            eps = (1 - scale) * out_u[:, :3] + scale * out_c[:, :3]
            x_0 = (x - eps * torch.sqrt(1 - a)) / torch.sqrt(a)
            k = torch.sqrt(b) * (1 - a / b) / (1 - a)
            x = add_variance(out_c[:, 3:], t, k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x)
            kept = torch.sqrt(b) * original + torch.sqrt(1 - b) * torch.randn_like(original)
            x = (mask * x + (1 - mask) * kept).float()
        yield x


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    times = schedule_of(len(timesteps) - 1, jump_length, n_resample)
    places = [timesteps[len(timesteps) - 2 - time] for time in times]
    *_, last = pictures(original_image, mask, prompt_embeds, uncond_prompt_embeds, places, scale)
    return last.detach().cpu().numpy()

# %% right="half_cuda"
def schedule_of(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    original, m = original_image.half().cuda(), mask.half().cuda()
    c, u = prompt_embeds.half().cuda(), uncond_prompt_embeds.half().cuda()
    x, abars = torch.randn(original.shape, device="cuda").half(), alphas_cumprod.cuda()
    T = len(timesteps) - 1
    times = schedule_of(T, jump_length, n_resample)
    with torch.no_grad():
        for now, following in zip(times[:-1], times[1:]):
            t, t_next = timesteps[T - 1 - now], timesteps[T - 1 - following]
            a, b = abars[t], abars[t_next]
            if now < following:
                x = (torch.sqrt(b / a) * x + torch.sqrt(1 - b / a) * torch.randn_like(x)).half()
                continue
            eps_c, v = torch.split(stage_1.unet(x, t, encoder_hidden_states=c, return_dict=False)[0], 3, dim=1)
            eps_u, _ = torch.split(stage_1.unet(x, t, encoder_hidden_states=u, return_dict=False)[0], 3, dim=1)
            eps = eps_u + scale * (eps_c - eps_u)
            x_0 = ((x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)).clamp(-1, 1)
            mean = torch.sqrt(b) * (1 - a / b) / (1 - a) * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x
            known = torch.sqrt(b) * original + torch.sqrt(1 - b) * torch.randn_like(original)
            x = (add_variance(v, t, mean) * m + known * (1 - m)).half()
    return x

# %% right="jump_at_once"
from helpers.sampling import denoising_step, forward, predict_x_0


def schedule_of(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


# All levels of a jump at once: their noises add up to one Gaussian.
@torch.no_grad()
def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    levels = list(reversed(timesteps))  # levels[0] is clean, levels[k] the k-th above it
    times = [t + 1 for t in schedule_of(len(levels) - 1, jump_length, n_resample)]
    both = torch.cat([uncond_prompt_embeds, prompt_embeds])
    x, k = torch.randn_like(original_image), times[0]
    for following, after in zip(times[1:], [*times[2:], -1]):
        t, t_next = levels[k], levels[following]
        if following < k:
            answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=both, return_dict=False)[0]
            uncond, cond = answer.chunk(2)
            x_0 = predict_x_0(x, t, uncond[:, :3] + scale * (cond - uncond)[:, :3], alphas_cumprod)
            x = add_variance(cond[:, 3:], t, denoising_step(x, x_0, t, t_next, alphas_cumprod))
            x = mask * x + (1 - mask) * forward(original_image, t_next, alphas_cumprod)
        elif after > following:
            continue
        else:
            share = alphas_cumprod[t_next] / alphas_cumprod[t]
            x = share.sqrt() * x + (1 - share).sqrt() * torch.randn(x.shape)
        k = following
    return x

# %% right="small_steps_up_and_diffusers"
def schedule_of(T, jump_length, n_resample):
    jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
    times = [t]
    while t >= 0:
        t -= 1
        times.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            times += range(t + 1, t + jump_length + 1)
            t += jump_length
    return times


# The way up in the smallest steps there are, with the betas of the full chain: t + 1, t + 2, ..., t_up.
def noised_up(x, t, t_up):
    for s in range(t + 1, t_up + 1):
        x = (1 - betas[s]).sqrt() * x + betas[s].sqrt() * torch.randn_like(x)
    return x


def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    stage_1.scheduler.set_timesteps(timesteps=timesteps)
    x, T = torch.randn_like(original_image), len(timesteps) - 1
    times = schedule_of(T, jump_length, n_resample)
    for now, following in zip(times, times[1:]):
        t, t_next = timesteps[T - 1 - now], timesteps[T - 1 - following]
        if t_next > t:
            x = noised_up(x, t, t_next)
            continue
        cond = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        uncond = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
        noise = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
        x = stage_1.scheduler.step(torch.cat([noise, cond[:, 3:]], dim=1), t, x, return_dict=False)[0]
        known = stage_1.scheduler.add_noise(original_image, torch.randn_like(x), torch.tensor([t_next]))
        x = mask * x + (1 - mask) * known
    return x

# %% right="without_a_list"
from helpers.sampling import denoising_step, forward, predict_x_0
from helpers.sampling.guidance import guided_prediction


# Without a list of times: the loop counts by itself how often a place was left. The kept region is noised anew on top.
@torch.no_grad()
def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    predict, last = guided_prediction(stage_1, prompt_embeds, uncond_prompt_embeds, scale), len(timesteps) - 1
    left = {last - 1 - place: n_resample - 1 for place in range(0, last - jump_length, jump_length)}
    x, i = torch.randn_like(original_image), 0
    while i < last:
        t, t_prev = timesteps[i], timesteps[i + 1]
        noise_est, v = predict(x, t)
        x = add_variance(
            v, t, denoising_step(x, predict_x_0(x, t, noise_est, alphas_cumprod), t, t_prev, alphas_cumprod)
        )
        x = mask * x + (1 - mask) * forward(original_image, t_prev, alphas_cumprod)
        i += 1
        if left.get(i, 0):
            left[i] -= 1
            i -= jump_length
            left_over = alphas_cumprod[timesteps[i]] / alphas_cumprod[t_prev]
            x = left_over.sqrt() * x + (1 - left_over).sqrt() * torch.randn_like(x)
            x = mask * x + (1 - mask) * forward(original_image, timesteps[i], alphas_cumprod)
    return x

# %% wrong="cfg_on_variance" of="plain"
# -             eps_u, _ = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(2, 1)
# +             eps_u, v_u = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0].chunk(
# +                 2, 1
# +             )
#               eps = eps_u + scale * (eps_c - eps_u)
# +             v = v_u + scale * (v - v_u)

# %% wrong="clamped" of="plain"
#               x = mask * add_variance(v, t, mean) + (1 - mask) * kept
# +             x = x.clamp(-1, 1)

# %% wrong="ends_at_0" of="plain"
# -     times = schedule_of(T, jump_length, n_resample)
# +     times = schedule_of(T, jump_length, n_resample)[:-1]

# %% wrong="first_jump_missing" of="plain"
# -     jumps, t = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1), T - 1
# +     jumps, t = dict.fromkeys(range(jump_length, T - jump_length, jump_length), n_resample - 1), T - 1

# %% wrong="forward_at_t" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = a.sqrt() * original_image + (1 - a).sqrt() * torch.randn_like(original_image)

# %% wrong="kept_not_restored" of="plain"
# -             x = mask * add_variance(v, t, mean) + (1 - mask) * kept
# +             x = add_variance(v, t, mean)
# +             x = mask * x + (1 - mask) * kept if following >= 0 else x

# %% wrong="kept_without_noise" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * add_variance(v, t, mean) + (1 - mask) * kept
# +             x = mask * add_variance(v, t, mean) + (1 - mask) * original_image

# %% wrong="mask_swapped" of="plain"
# -             x = mask * add_variance(v, t, mean) + (1 - mask) * kept
# +             x = (1 - mask) * add_variance(v, t, mean) + mask * kept

# %% wrong="never_back" of="plain"
# -     times = schedule_of(T, jump_length, n_resample)
# +     times = range(T - 1, -2, -1)

# %% wrong="noise_reused" of="plain"
# -     T = len(timesteps) - 1
# +     T, noise = len(timesteps) - 1, torch.randn_like(original_image)

# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# +             kept = b.sqrt() * original_image + (1 - b).sqrt() * noise

# %% wrong="nothing_kept" of="plain"
# -             kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(original_image)
# -             x = mask * add_variance(v, t, mean) + (1 - mask) * kept
# +             x = add_variance(v, t, mean)

# %% wrong="numbers_swapped" of="plain"
# -     times = schedule_of(T, jump_length, n_resample)
# +     times = schedule_of(T, n_resample, jump_length)

# %% wrong="one_resample_too_many" of="plain"
# -     times = schedule_of(T, jump_length, n_resample)
# +     times = schedule_of(T, jump_length, n_resample + 1)

# %% wrong="renoise_as_clean" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = b.sqrt() * x + (1 - b).sqrt() * torch.randn_like(x)

# %% wrong="renoise_by_variance" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = (b / a).sqrt() * x + (1 - b / a) * torch.randn_like(x)

# %% wrong="renoise_inverted" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = (a / b).sqrt() * x + (1 - a / b).sqrt() * torch.randn_like(x)

# %% wrong="renoise_kept_alone" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 kept = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(x)
# +                 x = mask * x + (1 - mask) * kept

# %% wrong="renoise_missing" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)

# %% wrong="renoise_new_alone" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = mask * ((b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)) + (1 - mask) * x

# %% wrong="renoise_not_noised" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = (b / a).sqrt() * x

# %% wrong="renoise_not_scaled" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = x + (1 - b / a).sqrt() * torch.randn_like(x)

# %% wrong="renoise_original" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = b.sqrt() * original_image + (1 - b).sqrt() * torch.randn_like(x)

# %% wrong="renoise_unit_noise" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = (b / a).sqrt() * x + torch.randn_like(x)

# %% wrong="renoise_unstrided" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = (1 - betas[t_next]).sqrt() * x + betas[t_next].sqrt() * torch.randn_like(x)

# %% wrong="renoise_unstrided__at_t" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = (1 - betas[t]).sqrt() * x + betas[t].sqrt() * torch.randn_like(x)

# %% wrong="renoise_without_sqrt" of="plain"
# -                 x = (b / a).sqrt() * x + (1 - b / a).sqrt() * torch.randn_like(x)
# +                 x = b / a * x + (1 - b / a) * torch.randn_like(x)

# %% wrong="scale_ignored" of="plain"
# -             eps = eps_u + scale * (eps_c - eps_u)
# +             eps = eps_c

# %% wrong="starts_clean" of="plain"
# -             t, t_next = timesteps[T - 1 - now], timesteps[T - 1 - following]
# +             t, t_next = timesteps[now], timesteps[following]

# %% wrong="starts_clean__by_time" of="plain"
# -             t, t_next = timesteps[T - 1 - now], timesteps[T - 1 - following]
# +             t, t_next = timesteps[now], timesteps[following]

# -             if following > now:
# +             if t_next > t:

# %% wrong="starts_wrong" of="plain"
# -     times = schedule_of(T, jump_length, n_resample)
# +     times = schedule_of(T - 1, jump_length, n_resample)

# %% wrong="variance_missing" of="plain"
# -             x = mask * add_variance(v, t, mean) + (1 - mask) * kept
# +             x = mask * mean + (1 - mask) * kept
