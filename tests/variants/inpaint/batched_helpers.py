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
