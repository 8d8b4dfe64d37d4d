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
