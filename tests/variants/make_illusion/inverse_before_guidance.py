def make_illusion(im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True):
    x = im_noisy
    for t, s in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
        conds, unconds, sizes = [], [], []
        for embeds, (view, inverse_view) in zip(prompt_embeds, views):
            with torch.no_grad():
                u, c = (
                    stage_1.unet(view(x), t, encoder_hidden_states=e, return_dict=False)[0]
                    for e in (uncond_prompt_embeds, embeds)
                )
            unconds.append(inverse_view(u[:, :3]))
            conds.append(inverse_view(c[:, :3]))
            moved = inverse_view(c[:, 3:])
            turned = inverse_view(torch.ones(1, 3, *x.shape[2:])) < 0
            sizes.append(torch.where(turned, -moved, moved))
        u, c, v = (torch.stack(parts).mean(0) for parts in (unconds, conds, sizes))
        a, b = alphas_cumprod[t], alphas_cumprod[s]
        noise = u + scale * (c - u)
        # the mean in its noise form, Ho et al. 2020, eq. 11
        mean = (x - (1 - a / b) / torch.sqrt(1 - a) * noise) / torch.sqrt(a / b)
        x = add_variance(v, t, mean)
    return x.numpy()
