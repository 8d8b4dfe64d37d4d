def one_step_denoise(im_noisy, t, prompt_embeds):
    abar = alphas_cumprod.cuda()[t]
    output = stage_1.unet(
        im_noisy.half().cuda(), t, encoder_hidden_states=prompt_embeds.half().cuda(), return_dict=False
    )[0]
    return (im_noisy.half().cuda() - torch.sqrt(1 - abar) * output[:, :3]) / torch.sqrt(abar)
