def one_step_denoise(im_noisy, t, prompt_embeds):
    noise_est, predicted_variance = torch.split(
        stage_1.unet(im_noisy, torch.tensor([t]), prompt_embeds, return_dict=False)[0], im_noisy.shape[1], dim=1
    )
    return alphas_cumprod[t] ** -0.5 * im_noisy - (1 / alphas_cumprod[t] - 1) ** 0.5 * noise_est
