# %% right="plain"
def one_step_denoise(im_noisy, t, prompt_embeds):
    abar = alphas_cumprod[t]
    with torch.no_grad():
        noise_est = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0][:, :3]
    return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()

# %% right="batch_of_two"
def one_step_denoise(im_noisy, t, prompt_embeds):
    pair = torch.cat([im_noisy, im_noisy])
    embeds = torch.cat([prompt_embeds, prompt_embeds])
    eps = stage_1.unet(pair, t, encoder_hidden_states=embeds, return_dict=False)[0][:1, :3]
    x_0 = (im_noisy - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
    return x_0.clamp(-1, 1)

# %% right="dict"
def one_step_denoise(im_noisy, t, prompt_embeds):
    abar = alphas_cumprod[t]
    with torch.no_grad():
        noise_est = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds).sample[:, :3]
    return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()

# %% right="half_cuda"
def one_step_denoise(im_noisy, t, prompt_embeds):
    abar = alphas_cumprod.cuda()[t]
    output = stage_1.unet(
        im_noisy.half().cuda(), t, encoder_hidden_states=prompt_embeds.half().cuda(), return_dict=False
    )[0]
    return (im_noisy.half().cuda() - torch.sqrt(1 - abar) * output[:, :3]) / torch.sqrt(abar)

# %% right="scheduler_inside"
from diffusers import DDPMScheduler

scheduler = DDPMScheduler.from_config(stage_1.scheduler.config, thresholding=False, clip_sample=False)


def one_step_denoise(im_noisy, t, prompt_embeds):
    answer = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds).sample
    return scheduler.step(answer, t, im_noisy).pred_original_sample.numpy()

# %% right="with_gradient"
def one_step_denoise(im_noisy, t, prompt_embeds):
    noise_est, predicted_variance = torch.split(
        stage_1.unet(im_noisy, torch.tensor([t]), prompt_embeds, return_dict=False)[0], im_noisy.shape[1], dim=1
    )
    return alphas_cumprod[t] ** -0.5 * im_noisy - (1 / alphas_cumprod[t] - 1) ** 0.5 * noise_est

# %% wrong="alpha_for_alpha_bar" of="plain"
# -     abar = alphas_cumprod[t]
# +     abar = alphas_cumprod[t] / alphas_cumprod[t - 1]

# %% wrong="noise_added" of="plain"
# -     return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()
# +     return (im_noisy + (1 - abar).sqrt() * noise_est) / abar.sqrt()

# %% wrong="noise_not_scaled" of="plain"
# -     return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()
# +     return im_noisy - noise_est

# %% wrong="noise_without_sqrt" of="plain"
# -     return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()
# +     return (im_noisy - (1 - abar) * noise_est) / abar.sqrt()

# %% wrong="returns_noise" of="plain"
# -     return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()
# +     return noise_est

# %% wrong="variance_half" of="plain"
# -         noise_est = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0][:, :3]
# +         noise_est = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0][:, 3:]

# %% wrong="wrong_time" of="plain"
# -         noise_est = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0][:, :3]
# +         noise_est = stage_1.unet(im_noisy, t // 30, encoder_hidden_states=prompt_embeds, return_dict=False)[0][:, :3]

# %% wrong="x_0_divided_by_alpha_bar" of="plain"
# -     return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()
# +     return (im_noisy - (1 - abar).sqrt() * noise_est) / abar

# %% wrong="x_0_not_divided" of="plain"
# -     return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()
# +     return im_noisy - (1 - abar).sqrt() * noise_est

# %% wrong="x_0_without_sqrt" of="plain"
# -     return (im_noisy - (1 - abar).sqrt() * noise_est) / abar.sqrt()
# +     return (im_noisy - (1 - abar) * noise_est) / abar
