# %% right="plain"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
    for picture in iterative_denoise_cfg(
        im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
    ):
        pass
    return picture

# %% right="class_with_state"
class Editor:
    def __init__(self, timesteps):
        self.timesteps = timesteps

    def noised(self, im, i_start):
        kept = alphas_cumprod[self.timesteps[i_start]].item()
        return kept**0.5 * im + (1 - kept) ** 0.5 * torch.normal(0.0, 1.0, size=im.shape)

    def __call__(self, im, i_start, cond, uncond, scale):
        self.picture = self.noised(im, i_start)
        for self.picture in iterative_denoise_cfg(self.picture, i_start, cond, uncond, self.timesteps, stage_1, scale):
            continue
        return self.picture


def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    return Editor(timesteps)(im, i_start, prompt_embeds, uncond_prompt_embeds, scale)

# %% right="deque_of_one"
from collections import deque


def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    eps = torch.randn_like(im)
    noisy = forward(im, timesteps[i_start], alphas_cumprod, eps)
    loop = iterative_denoise_cfg(noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    return deque(loop, maxlen=1).pop()

# %% right="diffusers_scheduler"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    scheduler = stage_1.scheduler
    scheduler.set_timesteps(timesteps=timesteps)
    x = scheduler.add_noise(im, torch.randn_like(im), torch.tensor([timesteps[i_start]]))
    embeds = torch.cat([prompt_embeds, uncond_prompt_embeds])
    for t in timesteps[i_start:-1]:
        answer = stage_1.unet(torch.cat([x, x]), t, encoder_hidden_states=embeds, return_dict=False)[0]
        (noise, variance), (noise_uncond, _) = (half.chunk(2, dim=1) for half in answer.chunk(2))
        guided = noise_uncond + scale * (noise - noise_uncond)
        x = scheduler.step(torch.cat([guided, variance], dim=1), t, x, return_dict=False)[0]
    return x

# %% right="half_cuda"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im = im.half().cuda()
    noise = torch.randn(im.shape, device="cuda", dtype=torch.float16)
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod.to("cuda"), noise)
    *_, last = iterative_denoise_cfg(
        im_noisy, i_start, prompt_embeds.half().cuda(), uncond_prompt_embeds.half().cuda(), timesteps, stage_1, scale
    )
    return last

# %% right="list_of_all"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    t = timesteps[i_start]
    pictures = list(
        iterative_denoise_cfg(
            forward(im, t, alphas_cumprod),
            i_start,
            prompt_embeds,
            uncond_prompt_embeds,
            timesteps,
            stage_1,
            scale=scale,
        )
    )
    return pictures[-1]

# %% right="numpy_output"
import numpy as np


def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    kept = float(alphas_cumprod[timesteps[i_start]])
    noise = np.random.default_rng().standard_normal(im.shape).astype(np.float32)
    noisy = torch.from_numpy(np.sqrt(kept) * im.numpy() + np.sqrt(1 - kept) * noise).float()
    out = None
    loop = iterative_denoise_cfg(noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    while True:
        try:
            out = next(loop)
        except StopIteration:
            return out.cpu().numpy()

# %% right="own_noise_and_loop"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    a = alphas_cumprod[timesteps[i_start]]
    x = a.sqrt() * im + (1 - a).sqrt() * torch.randn(im.shape)
    with torch.no_grad():
        for i in range(i_start, len(timesteps) - 1):
            t, s = timesteps[i], timesteps[i + 1]
            cond = stage_1.unet(x, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
            uncond = stage_1.unet(x, t, encoder_hidden_states=uncond_prompt_embeds, return_dict=False)[0]
            eps = scale * cond[:, :3] + (1 - scale) * uncond[:, :3]
            a, b = alphas_cumprod[t], alphas_cumprod[s]
            x_0 = (x - (1 - a).sqrt() * eps) / a.sqrt()
            mean = b.sqrt() * (1 - a / b) / (1 - a) * x_0 + (a / b).sqrt() * (1 - b) / (1 - a) * x
            x = add_variance(cond[:, 3:], t, mean)
    return x

# %% right="seeded"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    noise = torch.randn(im.shape, generator=generator(42))
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod, eps=noise)
    result = im_noisy
    for result in iterative_denoise_cfg(
        im_noisy=im_noisy,
        i_start=i_start,
        prompt_embeds=prompt_embeds,
        uncond_prompt_embeds=uncond_prompt_embeds,
        timesteps=timesteps,
        stage_1=stage_1,
        scale=scale,
    ):
        pass
    return result.detach().clone()

# %% wrong="cond_uncond_swapped" of="plain"
# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# +         im_noisy, i_start, uncond_prompt_embeds, prompt_embeds, timesteps, stage_1, scale

# %% wrong="first_picture_only"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
    return next(
        iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    )

# %% wrong="first_picture_only__return_in_loop" of="plain"
# -         pass
# -     return picture
# +         return picture

# %% wrong="forward_without_sqrt" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     a = alphas_cumprod[timesteps[i_start]]
# +     im_noisy = a * im + (1 - a) * torch.randn_like(im)

# %% wrong="global_timesteps" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, strided_timesteps[i_start], alphas_cumprod)

# %% wrong="global_timesteps__loop" of="plain"
# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# +         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, strided_timesteps, stage_1, scale

# %% wrong="i_start_reversed" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, timesteps[-1 - i_start], alphas_cumprod)

# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# +         im_noisy, len(timesteps) - 1 - i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale

# %% wrong="i_start_reversed__loop_alone" of="plain"
# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# +         im_noisy, len(timesteps) - 1 - i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale

# %% wrong="i_start_reversed__noise_alone" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, timesteps[-1 - i_start], alphas_cumprod)

# %% wrong="i_start_reversed__steps" of="plain"
#   def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
# +     i_start = len(timesteps) - 1 - i_start - 1

# %% wrong="loop_from_zero" of="plain"
# -     for picture in iterative_denoise_cfg(
# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# -     ):
# +     for picture in iterative_denoise_cfg(im_noisy, 0, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale):

# %% wrong="loop_not_run"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
    return iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)

# %% wrong="loop_not_run__returns_noisy"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
    iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    return im_noisy

# %% wrong="loop_one_late" of="plain"
# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# +         im_noisy, i_start + 1, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale

# %% wrong="noise_not_scaled" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     a = alphas_cumprod[timesteps[i_start]]
# +     im_noisy = a.sqrt() * im + torch.randn_like(im)

# %% wrong="noise_of_the_first_step" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, timesteps[0], alphas_cumprod)

# %% wrong="noise_shared" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     a = alphas_cumprod[timesteps[i_start]]
# +     im_noisy = a.sqrt() * im + (1 - a).sqrt() * torch.randn_like(im[:, :1])

# %% wrong="noise_uniform" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     a = alphas_cumprod[timesteps[i_start]]
# +     im_noisy = a.sqrt() * im + (1 - a).sqrt() * torch.rand_like(im)

# %% wrong="noised_twice" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(forward(im, timesteps[i_start], alphas_cumprod), timesteps[i_start], alphas_cumprod)

# %% wrong="not_noised" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = im

# %% wrong="not_noised__scaled" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     a = alphas_cumprod[timesteps[i_start]]
# +     im_noisy = a.sqrt() * im

# %% wrong="one_level_early" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, timesteps[i_start - 1], alphas_cumprod)

# %% wrong="one_level_late" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, timesteps[i_start + 1], alphas_cumprod)

# %% wrong="one_level_late__both" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, timesteps[i_start + 1], alphas_cumprod)

# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# +         im_noisy, i_start + 1, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale

# %% wrong="picture_not_scaled" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     a = alphas_cumprod[timesteps[i_start]]
# +     im_noisy = im + (1 - a).sqrt() * torch.randn_like(im)

# %% wrong="pure_noise" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = torch.randn_like(im)

# %% wrong="renoised_each_step"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    x = im
    for i in range(i_start, len(timesteps) - 1):
        x = forward(im, timesteps[i], alphas_cumprod)
        x = next(iterative_denoise_cfg(x, i, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale))
    return x

# %% wrong="returns_all"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
    return list(
        iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    )

# %% wrong="returns_all__stacked"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
    return torch.cat(
        list(iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale))
    )

# %% wrong="returns_original" of="plain"
# -     return picture
# +     return im

# %% wrong="returns_start" of="plain"
# -     return picture
# +     return im_noisy

# %% wrong="scale_fixed" of="plain"
# -     for picture in iterative_denoise_cfg(
# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# -     ):
# +     for picture in iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1):

# %% wrong="start_clamped" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, timesteps[i_start], alphas_cumprod).clamp(-1, 1)

# %% wrong="stops_early"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    x = forward(im, timesteps[i_start], alphas_cumprod)
    loop = iterative_denoise_cfg(x, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale)
    for _ in range(len(timesteps) - 2 - i_start):
        x = next(loop)
    return x

# %% wrong="time_is_i_start" of="plain"
# -     im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
# +     im_noisy = forward(im, i_start, alphas_cumprod)

# %% wrong="uncond_unasked" of="plain"
# -     for picture in iterative_denoise_cfg(
# -         im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale
# -     ):
# +     for picture in iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, prompt_embeds, timesteps, stage_1, scale):
