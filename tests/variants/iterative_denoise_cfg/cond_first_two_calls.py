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
