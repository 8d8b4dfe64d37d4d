# ---
# title: Denoising three ways
# summary: A blur, one call of the network, and a loop of calls take the same noise away. The numbers say who wins what.
# times: {t4: 2 minutes, cpu: 3 minutes}
# weights: pocket
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3. Denoising three ways
#
# The forward process is easy to run and impossible to undo exactly: many pictures lead to the same noise. This chapter
# tries three ways to guess the picture under it, and explains why the best guess in one step must be a blur.
#
# > **Goals.** After this chapter you can
# >
# > - take noise away with a Gaussian blur at its best, with one call of a network, and step by step;
# > - compare them by PSNR, and say what PSNR does not see;
# > - explain why one step blurs: it answers with the mean of all pictures that fit.
#
# **Notation used:** $x_t$, $\bar\alpha_t$, $\epsilon$ as in chapter 2; $\epsilon_\theta$, the noise that the network
# predicts; $\hat x_0$, the clean picture that it implies; $t'$, the next time step that is kept.

# %% setup=true
from helpers import checks
from helpers.data import load_photo, photo_names
from helpers.denoisers import drawn_pictures, embed_prompts, load_stage_1
from helpers.plotting import plot_curves, show_images
from helpers.sampling import forward, generate, iterative_denoise as finished_loop, variance_adder
stage_1 = load_stage_1("auto")

# %%
import torch
from torchvision.transforms.functional import gaussian_blur

alphas_cumprod = stage_1.scheduler.alphas_cumprod
size = stage_1.unet.config.sample_size
prompt_embeds = embed_prompts(stage_1, ["a high quality photo"])["a high quality photo"]
torch.manual_seed(0);

# %% [markdown]
# `forward` is the function of chapter 2; here it takes `alphas_cumprod` as its third argument. The prompt
# *a high quality photo* asks for nothing in particular.
#
# Two kinds of pictures will be spoiled and repaired: three photographs, and one picture that the model has made itself.
# A denoiser knows what it was trained on. Watch what that does.

# %% figure="clean" alt="Four small pictures: three photographs and one picture made by the model." caption="The pictures of this chapter, at the model's own size. The last one was made by the model."
names = [name for name in ("big_ben", "chelsea_cat", "grand_canyon", "astronaut", "coffee", "chelsea") if name in photo_names()]
pictures = {name.replace("_", " "): load_photo(name, size) for name in names[:3]}
im = next(iter(pictures.values()))
pictures["made by the model"] = generate("a man wearing a hat", 20, 4, stage_1)
show_images(list(pictures.values()), titles=list(pictures))

# %% [markdown]
# ## How close is close?
#
# The peak signal-to-noise ratio compares two pictures by their mean squared error, in decibels. With pictures in
# $[-1, 1]$ the peak is 2, the distance from black to white:
#
# $$
# \mathrm{PSNR}(x, y) = 10 \log_{10} \frac{2^2}{\operatorname{mean}\,(x - y)^2}
# $$
#
# > **Exercise 3.1.** Write `psnr(im, other)`, a single number (two lines).

# %% exercise="psnr"
def psnr(im, other):
    """Return the peak signal-to-noise ratio of two pictures in [-1, 1], in decibels."""
    ### BEGIN SOLUTION
    mse = (im - other).square().mean()
    return 10 * torch.log10(4 / mse)
    ### END SOLUTION

# %% check="psnr" points=2
checks.check_psnr(psnr)
### BEGIN HIDDEN TESTS
checks.check_psnr(psnr, seed=1)
checks.check_psnr(psnr, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## Way one: blur
#
# The oldest denoiser averages neighbouring pixels. `gaussian_blur(im, kernel_size, sigma)` weighs them by a Gaussian of
# width `sigma`; `kernel_size` is odd and says how many pixels it reaches over. A small `sigma` leaves noise, a large one
# takes the picture away too.
#
# > **Exercise 3.2.** Write `best_blur(im_noisy, im)`, which tries blurs of `im_noisy` and returns the `(kernel_size, sigma)`
# > that comes closest to `im`. Within 0.25 dB of the best is close enough; keep the kernel at four sigma or wider, and
# > below 32 (six lines).

# %% exercise="best_blur"
def best_blur(im_noisy, im):
    """Return the (kernel_size, sigma) whose blur of im_noisy is closest to im."""
    ### BEGIN SOLUTION
    best = None
    for sigma in torch.arange(0.2, 6, 0.1).tolist():
        quality = psnr(gaussian_blur(im_noisy, 31, sigma), im)
        if best is None or quality > best[0]:
            best = quality, 31, sigma
    return best[1:]
    ### END SOLUTION

# %% check="best_blur" points=3
checks.check_best_blur(best_blur)
### BEGIN HIDDEN TESTS
checks.check_best_blur(best_blur, seed=1)
checks.check_best_blur(best_blur, seed=2)
### END HIDDEN TESTS

# %% figure="blur" alt="A photograph at three noise levels above, and the best Gaussian blur of each below. The blurs are soft, and at t = 750 hardly anything is left." caption="Above: noisy. Below: the best blur there is, chosen with the clean picture at hand."
noisy = {t: forward(im, t, alphas_cumprod) for t in (250, 500, 750)}
blurs = {t: gaussian_blur(noisy[t], *best_blur(noisy[t], im)) for t in noisy}
labels = [f"t = {t}, {psnr(noisy[t], im):.1f} dB" for t in noisy]
labels += [f"sigma {best_blur(noisy[t], im)[1]:.1f}, {psnr(blurs[t], im):.1f} dB" for t in noisy]
show_images([*noisy.values(), *blurs.values()], titles=labels, columns=3, width=2.1)

# %% [markdown]
# ## Way two: one call of the network
#
# The network was trained to say which noise is in $x_t$. If it is right, the clean picture follows: solve the equation of
# the forward process for $x_0$ ({cite:t}`ho2020denoising`, eq. 15):
#
# $$
# \hat x_0 = \frac{x_t - \sqrt{1 - \bar\alpha_t}\; \epsilon_\theta(x_t, t)}{\sqrt{\bar\alpha_t}}
# $$
#
# The call is `stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]`. It answers with six
# channels: the first three are the noise, the last three say how uncertain a step is.
#
# > **Exercise 3.3.** Write `one_step_denoise(im_noisy, t, prompt_embeds)`, which returns $\hat x_0$ (five lines).

# %% exercise="one_step_denoise"
def one_step_denoise(im_noisy, t, prompt_embeds):
    """Return the clean picture that one call of the network implies, shaped like im_noisy."""
    ### BEGIN SOLUTION
    alpha_bar_t = alphas_cumprod[t]
    with torch.no_grad():
        answer = stage_1.unet(im_noisy, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
    noise_est = answer[:, :3]
    return (im_noisy - (1 - alpha_bar_t).sqrt() * noise_est) / alpha_bar_t.sqrt()
    ### END SOLUTION

# %% check="one_step_denoise" points=4
checks.check_one_step_denoise(one_step_denoise, stage_1)
### BEGIN HIDDEN TESTS
checks.check_one_step_denoise(one_step_denoise, stage_1, seed=1)
checks.check_one_step_denoise(one_step_denoise, stage_1, seed=2)
### END HIDDEN TESTS

# %% figure="one_step" alt="A picture at three noise levels above, one-step estimates below. They are cleaner than a blur and get softer as t grows." caption="Above: noisy. Below: one call of the network."
noisy = {t: forward(im, t, alphas_cumprod) for t in (250, 500, 750)}
one_step = {t: one_step_denoise(noisy[t], t, prompt_embeds) for t in noisy}
labels = [f"t = {t}, {psnr(noisy[t], im):.1f} dB" for t in noisy] + [f"{psnr(one_step[t], im):.1f} dB" for t in noisy]
show_images([*noisy.values(), *one_step.values()], titles=labels, columns=3, width=2.1)

# %% [markdown]
# ## Way three: step by step
#
# The estimate at a large $t$ is poor, but it points the right way. So go only a little of the way, to a slightly less noisy
# picture, and ask again. The network knows $T = 1000$ noise levels; we stop at every thirtieth.

# %%
strided_timesteps = list(range(990, -1, -30))
stage_1.scheduler.set_timesteps(timesteps=strided_timesteps)
add_variance = variance_adder(stage_1)
print(f"{strided_timesteps[:3]} ... {strided_timesteps[-3:]}: {len(strided_timesteps)} time steps")

# %% [markdown]
# From a picture $x_t$ and the estimate $\hat x_0$, the picture at the next kept time step $t' < t$ is
# ({cite:t}`ho2020denoising`, eq. 7, with the kept steps in place of all)
#
# $$
# x_{t'} = \frac{\sqrt{\bar\alpha_{t'}}\, \beta_t}{1 - \bar\alpha_t}\, \hat x_0
#        + \frac{\sqrt{\alpha_t}\, (1 - \bar\alpha_{t'})}{1 - \bar\alpha_t}\, x_t + v_\sigma,
# \qquad \alpha_t = \frac{\bar\alpha_t}{\bar\alpha_{t'}}, \qquad \beta_t = 1 - \alpha_t
# $$
#
# It is a weighted mean of where the network points and where we are.
#
# > **Careful.** $\alpha_t$ and $\beta_t$ belong to the *kept* steps here. The schedule's own $\beta_t$ describes a step from
# > $t - 1$ to $t$ and is about thirty times too small.
#
# $v_\sigma$ is noise again, smaller than what the step took away. Its size is what the network's last three channels say
# ({cite:t}`nichol2021improved`, eq. 15); `add_variance(predicted_variance, t, image)` adds it to `image` for you.
#
# > **Exercise 3.4.** Write `iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True)`. It starts from
# > `im_noisy` at noise level `timesteps[i_start]`, goes on to the last entry of `timesteps` and returns the picture there.
# > With `display=True` it shows every fifth picture at its end, in one call of `show_images` (fifteen lines).

# %% exercise="iterative_denoise"
@torch.no_grad()
def iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, display=True):
    """Return the picture at the last time step, shaped like im_noisy."""
    ### BEGIN SOLUTION
    image, shown = im_noisy, []
    for i in range(i_start, len(timesteps) - 1):
        t, t_prev = timesteps[i], timesteps[i + 1]
        alpha_bar_t, alpha_bar_prev = alphas_cumprod[t], alphas_cumprod[t_prev]
        alpha_t = alpha_bar_t / alpha_bar_prev
        answer = stage_1.unet(image, t, encoder_hidden_states=prompt_embeds, return_dict=False)[0]
        x_0_pred = (image - (1 - alpha_bar_t).sqrt() * answer[:, :3]) / alpha_bar_t.sqrt()
        mean = alpha_bar_prev.sqrt() * (1 - alpha_t) / (1 - alpha_bar_t) * x_0_pred
        mean = mean + alpha_t.sqrt() * (1 - alpha_bar_prev) / (1 - alpha_bar_t) * image
        image = add_variance(answer[:, 3:], t, mean)
        if display and (i - i_start) % 5 == 0:
            shown.append(image)
    if shown:
        show_images(shown)
    return image
    ### END SOLUTION

# %% check="iterative_denoise" points=8
checks.check_iterative_denoise(iterative_denoise, stage_1)
### BEGIN HIDDEN TESTS
checks.check_iterative_denoise(iterative_denoise, stage_1, seed=1)
checks.check_iterative_denoise(iterative_denoise, stage_1, seed=2)
### END HIDDEN TESTS

# %% figure="iterative" alt="Five small pictures of a photograph, from very noisy to clean, every fifth step of the loop." caption="Every fifth picture of the loop, from $t = 690$ to clean."
i_start = 10
im_noisy = forward(im, strided_timesteps[i_start], alphas_cumprod)
clean = iterative_denoise(im_noisy, i_start, prompt_embeds, strided_timesteps)

# %% [markdown]
# ## Side by side
#
# > **Predict.** Which of the three will have the highest PSNR? Which will look best to you? Write both down first.

# %% figure="three_ways" alt="Four rows of five pictures: original, noisy, best blur, one step and iterative, for three photographs and a picture made by the model. On the model's own picture the network is far ahead; on photographs it is closer to the blur." caption="Three ways from the same noisy picture at $t = 390$, with their PSNR in decibels. Three photographs, and below them a picture that the model made itself."
i_start = 20
t = strided_timesteps[i_start]
rows, labels = [], []
for name, x_0 in pictures.items():
    im_noisy = forward(x_0, t, alphas_cumprod)
    blurred = gaussian_blur(im_noisy, *best_blur(im_noisy, x_0))
    once = one_step_denoise(im_noisy, t, prompt_embeds)
    looped = iterative_denoise(im_noisy, i_start, prompt_embeds, strided_timesteps, display=False)
    rows += [x_0, im_noisy, blurred, once, looped]
    results = {"noisy": im_noisy, "blur": blurred, "one step": once, "iterative": looped}
    labels += [name, *(f"{way} {psnr(result, x_0):.1f}" for way, result in results.items())]
show_images(rows, titles=labels, columns=5, width=1.9)

# %% [markdown]
# > **Look again.** Find the row where the network wins most and the row where it wins least. What does a network see in
# > noise when the picture under it is of a kind that it never saw?
#
# Over all noise levels, for one photograph and for the model's own picture:

# %%
def quality_over_time(x_0, levels):
    """Return PSNR at each index of strided_timesteps in levels, for each of the three ways."""
    curves = {"best blur": [], "one step": [], "iterative": []}
    for i in levels:
        im_noisy = forward(x_0, strided_timesteps[i], alphas_cumprod)
        curves["best blur"].append(psnr(gaussian_blur(im_noisy, *best_blur(im_noisy, x_0)), x_0).item())
        once = one_step_denoise(im_noisy, strided_timesteps[i], prompt_embeds)
        looped = iterative_denoise(im_noisy, i, prompt_embeds, strided_timesteps, display=False)
        curves["one step"].append(psnr(once, x_0).item())
        curves["iterative"].append(psnr(looped, x_0).item())
    return {way: ([strided_timesteps[i] for i in levels], values) for way, values in curves.items()}

levels = list(range(2, 33, 3))

# %% figure="psnr_photo" alt="PSNR over t for a photograph: three falling curves, blur, one step and iterative." caption="A photograph. The iterative result loses in PSNR at high noise, because it commits itself to one of many pictures."
plot_curves(quality_over_time(im, levels), "time t of the noisy picture", "PSNR (dB)")

# %% figure="psnr_own" alt="PSNR over t for a picture made by the model: the two ways of the network lie well above the blur." caption="A picture of the kind that the model knows."
plot_curves(quality_over_time(pictures["made by the model"], levels), "time t of the noisy picture", "PSNR (dB)")

# %% [markdown]
# ## Why one step blurs
#
# The network was trained to make the squared error small. Among all single answers, the one with the smallest expected
# squared error is the mean: $\hat x_0 = \mathrm{E}[x_0 \mid x_t]$, the average of every clean picture that could be under the
# noise, weighted by how likely it is {cite:p}`efron2011tweedie`. An average of sharp pictures is a blurred one.
#
# You can see this exactly where the world has only a few pictures $y_1, \ldots, y_K$, all equally likely. Then
#
# $$
# \mathrm{E}[x_0 \mid x_t] = \sum_k w_k\, y_k, \qquad
# w_k = \frac{\exp\bigl(-\lVert x_t - \sqrt{\bar\alpha_t}\, y_k \rVert^2 / (2 (1 - \bar\alpha_t))\bigr)}
#            {\sum_j \exp\bigl(-\lVert x_t - \sqrt{\bar\alpha_t}\, y_j \rVert^2 / (2 (1 - \bar\alpha_t))\bigr)}
# $$
#
# Each weight says how well a picture explains $x_t$. The sum in the norm runs over all pixels, so the exponents are large
# negative numbers: `torch.softmax` keeps them from becoming 0 all at once.
#
# > **Exercise 3.5.** Write `posterior_mean(x_t, t, pictures)` for one noisy picture `x_t` (1, 3, H, W) and a world of
# > `pictures` (K, 3, H, W) (four lines).

# %% exercise="posterior_mean"
def posterior_mean(x_t, t, pictures):
    """Return the mean of the pictures given x_t, shaped like x_t."""
    ### BEGIN SOLUTION
    alpha_bar_t = alphas_cumprod[t]
    distance = (x_t - alpha_bar_t.sqrt() * pictures).flatten(1).square().sum(1)
    weights = torch.softmax(-distance / (2 * (1 - alpha_bar_t)), dim=0)
    return (weights.reshape(-1, 1, 1, 1) * pictures).sum(0, keepdim=True)
    ### END SOLUTION

# %% check="posterior_mean" points=4
checks.check_posterior_mean(posterior_mean)
### BEGIN HIDDEN TESTS
checks.check_posterior_mean(posterior_mean, seed=1)
checks.check_posterior_mean(posterior_mean, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# The *exact* denoiser is this formula in the place of the network: its world is a set of drawings, and its answer is the
# best that any network could ever learn there. Your function must agree with it.

# %%
exact = load_stage_1("exact")
world = drawn_pictures(exact.unet.config.sample_size).means
x_0 = world[62:63]
everything = embed_prompts(exact, [""])[""]
for t in (250, 500, 750, 900):
    x_t = forward(x_0, t, alphas_cumprod)
    eps = exact.unet(x_t, t, encoder_hidden_states=everything, return_dict=False)[0][:, :3]
    best = (x_t - (1 - alphas_cumprod[t]).sqrt() * eps) / alphas_cumprod[t].sqrt()
    difference = (posterior_mean(x_t, t, world) - best).abs().max()
    print(f"t = {t}: your mean and the exact denoiser's differ by at most {difference:.5f}")

# %% figure="posterior_mean" alt="Three rows over five noise levels. Noisy drawings above; in the middle their posterior means, sharp at t = 780 and a blend of all drawings at t = 990; below samples of the iterative loop, all sharp." caption="A world of drawings. Above: noisy. Middle: the posterior mean, the best answer in one step. Below: the exact denoiser, step by step: sharp, but not always the drawing that was there."
levels = [7, 4, 3, 2, 0]
noisy = [forward(x_0, strided_timesteps[i], alphas_cumprod) for i in levels]
means = [posterior_mean(x_t, strided_timesteps[i], world) for x_t, i in zip(noisy, levels)]
samples = [[*finished_loop(x_t, i, everything, strided_timesteps, exact)][-1] for x_t, i in zip(noisy, levels)]
titles = [f"t = {strided_timesteps[i]}" for i in levels]
titles += [f"mean, {psnr(mean, x_0):.1f} dB" for mean in means]
titles += [f"loop, {psnr(sample, x_0):.1f} dB" for sample in samples]
show_images([*noisy, *means, *samples], titles=titles, columns=5)

# %% [markdown]
# > **Look again.** At the highest noise the loop's picture is sharp and often wrong, and its PSNR is lower than that of
# > the blend above it. Would you rather have the blend? What does that say about judging pictures by PSNR alone?
#
# So the two ways answer two questions. One step gives the best *estimate*, which is a mean and therefore soft. The loop
# gives a *sample*: one picture of those that fit. The rest of this part is about sampling.
#
# ## Further reading
#
# - {cite:t}`ho2020denoising`, section 3.2: the reverse step and its mean.
# - {cite:t}`efron2011tweedie`: Tweedie's formula, which links the posterior mean to the slope of the noisy density.
# - {cite:t}`kadkhodaie2021stochastic`: what else one can do with nothing but a denoiser.
# - {cite:t}`wang2004image`: why mean squared error and the eye disagree.
