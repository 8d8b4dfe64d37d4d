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
