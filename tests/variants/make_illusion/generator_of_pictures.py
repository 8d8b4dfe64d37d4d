def seen_under(x, t, embeds, nothing, pair, scale):
    view, back = pair
    answers = [stage_1.unet(view(x), t, encoder_hidden_states=e).sample.detach() for e in (embeds, nothing)]
    eps = answers[1][:, :3] + scale * (answers[0][:, :3] - answers[1][:, :3])
    return back(eps), back(answers[0][:, 3:]) / back(torch.ones_like(eps))


def pictures(x, kept, prompts, views, nothing, scale):
    for t, s in zip(kept, kept[1:]):
        looks = [seen_under(x, t, embeds, nothing, pair, scale) for embeds, pair in zip(prompts, views)]
        eps, v = (sum(parts) / len(looks) for parts in zip(*looks))
        a, b = alphas_cumprod[t].double(), alphas_cumprod[s].double()
        x_0 = (x - eps * torch.sqrt(1 - a)) / torch.sqrt(a)
        k = torch.sqrt(b) * (1 - a / b) / (1 - a)
        x = add_variance(v, t, (k * x_0 + torch.sqrt(a / b) * (1 - b) / (1 - a) * x).float())
        yield x


def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    *_, last = pictures(im_noisy, timesteps[i_start:], prompt_embeds, views, uncond_prompt_embeds, scale)
    return last
