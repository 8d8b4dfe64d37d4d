from diffusers import DDPMScheduler

scheduler = DDPMScheduler.from_config(stage_1.scheduler.config, thresholding=False, clip_sample=False)


def one_step_denoise(im_noisy, t, prompt_embeds):
    answer = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds).sample
    return scheduler.step(answer, t, im_noisy).pred_original_sample.numpy()
