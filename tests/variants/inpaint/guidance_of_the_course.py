from helpers.sampling import denoising_step, forward, predict_x_0
from helpers.sampling.guidance import guided_prediction


def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    predict = guided_prediction(stage_1, prompt_embeds, uncond_prompt_embeds, scale)
    x_t = torch.randn_like(original_image)
    with torch.no_grad():
        for t, t_prev in zip(timesteps, timesteps[1:]):
            noise_est, v = predict(x_t, t)
            mean = denoising_step(x_t, predict_x_0(x_t, t, noise_est, alphas_cumprod), t, t_prev, alphas_cumprod)
            kept = forward(original_image, t_prev, alphas_cumprod)
            x_t = kept + mask * (add_variance(v, t, mean) - kept)
    return x_t
