# ---
# title: Sampling and guidance
# summary: Pictures from pure noise, and the one number that trades how true they are to a prompt against how much they differ.
# times: {t4: 3 minutes, cpu: 2 minutes}
# weights: pocket
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4. Sampling and guidance
#
# The loop of chapter 3 repaired a noisy picture. Give it noise with no picture under it, and it must invent one. This
# chapter draws pictures from nothing, finds them poor, and mends them with *classifier-free guidance*
# {cite:p}`ho2022classifier`: the trick that makes text-to-image models work.
#
# > **Goals.** After this chapter you can
# >
# > - draw pictures from pure noise, and say why they are poor without guidance;
# > - write the guided loop, and say what its scale does below 1, at 1 and far above;
# > - measure what guidance gains and what it costs.
#
# **Notation used:** $x_t$, $\epsilon_\theta$, $\hat x_0$, $\bar\alpha_t$ and $v$ as in chapter 3. New: $c$, a prompt;
# $\varnothing$, the empty prompt, which stands for any picture; $\gamma$, the guidance scale.

# %% setup=true
from helpers import checks
from helpers.denoisers import embed_prompts, load_stage_1
from helpers.plotting import plot_curves, show_images
from helpers.runtime import generator
from helpers.sampling import denoising_step, dynamic_threshold, in_range, predict_x_0, variance_adder
stage_1 = load_stage_1("auto")

# %%
import torch
from helpers.sampling import forward, iterative_denoise

alphas_cumprod = stage_1.scheduler.alphas_cumprod
size = stage_1.unet.config.sample_size
strided_timesteps = list(range(990, -1, -30))
stage_1.scheduler.set_timesteps(timesteps=strided_timesteps)
add_variance = variance_adder(stage_1)
prompts = ["a high quality photo", "a rocket", "a castle", "a man wearing a hat"]
prompt_embeds_dict = embed_prompts(stage_1, ["", *prompts])
noises = [torch.randn(1, 3, size, size, generator=generator(seed)) for seed in range(8)]

# %% [markdown]
# From chapter 3 you have `predict_x_0(x_t, t, eps_pred, alphas_cumprod)`, the equation for $\hat x_0$;
# `denoising_step(x_t, x_0_pred, t, t_prev, alphas_cumprod)`, the mean of one reverse step; and
# `iterative_denoise(im_noisy, i_start, prompt_embeds, timesteps, stage_1)`, the whole loop, which yields the picture after
# each step.
#
# ## Pictures from nothing
#
# At `i_start = 0` the loop begins at $t = 990$, where $\bar\alpha_t = 0.0002$: noise and nothing else. So give it noise.
#
# > **Predict.** The prompt is *a high quality photo*. What will the five pictures show?

# %% figure="from_noise" alt="Five small pictures drawn from pure noise by the loop of chapter 3: three murky textures, and two plain faces, one of them with ears." caption="Chapter 3's loop from five noises, prompt *a high quality photo*, without guidance. The titles say how far the largest value lies from 0; a picture's lie within 1."
def last(pictures):
    """Return the last of the pictures that a loop yields."""
    return [*pictures][-1]

neutral = prompt_embeds_dict["a high quality photo"]
torch.manual_seed(0)
unguided = [last(iterative_denoise(x, 0, neutral, strided_timesteps, stage_1)) for x in noises[:5]]
show_images(unguided, titles=[f"up to {picture.abs().max():.2f}" for picture in unguided])

# %% [markdown]
# Most of them show nothing that has a name, for two reasons.
#
# **Small errors add up.** A network is never quite right. Where $\hat x_0$ comes out beyond $[-1, 1]$, the next picture is
# one that the network has not seen in training, and its next answer is worse. A weak network can run off into a single
# colour that way. The cure is one line: pictures lie in $[-1, 1]$, so bring $\hat x_0$ back there with
# `x_0_pred.clamp(-1, 1)` before it is used. `in_range` does it.

# %% figure="in_range" alt="Five small pictures from the same noises with x_0_pred kept in range: the face with ears and four murky textures." caption="The same five noises, with $\hat x_0$ kept in $[-1, 1]$. The largest values are smaller. The second noise now gives another picture: where nothing is asked for, a small change decides. With guidance, below, the limit matters more."
torch.manual_seed(0)
unguided = [last(iterative_denoise(x, 0, neutral, strided_timesteps, stage_1, keep=in_range)) for x in noises[:5]]
show_images(unguided, titles=[f"up to {picture.abs().max():.2f}" for picture in unguided])

# %% [markdown]
# **Nothing was asked for.** At high noise nearly every picture fits, and the network's answer is the mean of all of them
# (chapter 3). The loop commits itself late and to anything: between two things, or to a thing that the network draws badly.
# All that the network knows can come out, in the proportions in which it was trained on it, its bad corners too.
#
# A prompt narrows the choice. But a network follows its prompt only as far as that helps its squared error, which is a
# little. Guidance makes it follow more.
#
# ## Two answers, and the line through them
#
# Ask twice about the same $x_t$: once with the prompt, once without. The difference of the two answers is what the prompt
# alone changes. Go further in that direction ({cite:t}`ho2022classifier`, eq. 6):
#
# $$
# \epsilon = \epsilon_\theta(x_t, t, \varnothing)
#          + \gamma\, \bigl(\epsilon_\theta(x_t, t, c) - \epsilon_\theta(x_t, t, \varnothing)\bigr)
# $$
#
# At $\gamma = 0$ the prompt plays no part; at $\gamma = 1$ this is the prompt's own answer; above 1 it goes *past* it, away
# from what any picture would look like. No classifier is needed for it, hence the name: {cite:t}`dhariwal2021diffusion`
# had pushed in the direction in which a classifier became surer.
#
# > **Careful.** The paper writes $(1 + w)\,\epsilon_\theta(x_t, t, c) - w\,\epsilon_\theta(x_t, t, \varnothing)$. It is the
# > same line with $\gamma = 1 + w$: the paper's $w = 0$ is our `scale=1`. A formula with `1 + scale` in this notebook guides
# > by one too much, and nothing but a number tells you.
#
# > **Exercise 4.1.** Write `guide(noise_cond, noise_uncond, scale)`, the guided noise (one line).

# %% exercise="guide"
def guide(noise_cond, noise_uncond, scale):
    """Return the guided noise, shaped like the two noises; scale 1 gives noise_cond, 0 gives noise_uncond."""
    ### BEGIN SOLUTION
    return noise_uncond + scale * (noise_cond - noise_uncond)
    ### END SOLUTION

# %% check="guide" points=2
checks.check_guide(guide)
### BEGIN HIDDEN TESTS
checks.check_guide(guide, seed=1)
checks.check_guide(guide, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## What about the other three channels?
#
# The network answers with six channels. The last three, $v$, say where the size of a step's noise lies between its two
# bounds, a smaller one at $v = -1$ and a larger one at $v = 1$ (chapter 3). Should they be guided too? Try it: how much
# larger or smaller would the noise of a pixel become?

# %%
def unet_halves(x_t, t, prompt):
    """Return noise and variance channels of one call, (1, 3, H, W) each."""
    with torch.no_grad():
        answer = stage_1.unet(x_t, t, encoder_hidden_states=prompt_embeds_dict[prompt], return_dict=False)[0]
    return answer.chunk(2, dim=1)

guess = last(iterative_denoise(noises[2], 0, prompt_embeds_dict["a rocket"], strided_timesteps, stage_1, keep=in_range))
for t, t_prev in ((690, 660), (390, 360), (90, 60), (30, 0)):
    bounds = ((1 - alphas_cumprod[t]) / (1 - alphas_cumprod[t_prev])).sqrt()  # the larger size over the smaller one
    x_t = forward(guess, t, alphas_cumprod, noises[0])
    v_cond, v_uncond = unet_halves(x_t, t, "a rocket")[1], unet_halves(x_t, t, "")[1]
    v_guided = v_uncond + 7 * (v_cond - v_uncond)
    change = bounds ** ((v_guided - v_cond) / 2)
    print(f"t = {t:3}: bounds 1 : {bounds:.2f}, noise of a pixel times {change.min():.2f} to {change.max():.2f}")

# %% [markdown]
# At large $t$ the two bounds nearly meet, and it hardly matters what $v$ says. Near the end they are far apart: there a
# guided $v$ makes some pixels noisier and others less noisy. And there is nothing to be gained: $v$ says how *unsure* a
# step is, not what to draw, so the difference of two of them points nowhere. Guidance moves the mean of a step and leaves
# its width alone. Take $v$ from the conditional call; diffusers' `IFPipeline` does the same.
#
# ## The guided loop
#
# > **Exercise 4.2.** Write `iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps,
# > scale=7, display=True)`: chapter 3's loop with guided noise. Ask the network about both prompts in each step, in two
# > calls or in one batch of two; keep `x_0_pred` in $[-1, 1]$; add the noise that the *conditional* call asks for. With
# > `display=True` show every eighth picture at the end, in one call of `show_images` (fifteen lines). The check does not
# > mind a forgotten limit, your pictures will: *Far above*, below, shows what it costs.

# %% exercise="iterative_denoise_cfg"
@torch.no_grad()
def iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    """Return the picture at the last time step, shaped like im_noisy."""
    ### BEGIN SOLUTION
    image, shown = im_noisy, []
    both = torch.cat([uncond_prompt_embeds, prompt_embeds])
    for i in range(i_start, len(timesteps) - 1):
        t, t_prev = timesteps[i], timesteps[i + 1]
        out = stage_1.unet(torch.cat([image, image]), t, encoder_hidden_states=both, return_dict=False)[0]
        out_uncond, out_cond = out.chunk(2)
        noise_est = guide(out_cond[:, :3], out_uncond[:, :3], scale)
        x_0_pred = predict_x_0(image, t, noise_est, alphas_cumprod).clamp(-1, 1)
        mean = denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod)
        image = add_variance(out_cond[:, 3:], t, mean)
        if display and (i - i_start) % 8 == 0:
            shown.append(image)
    if shown:
        show_images(shown)
    return image
    ### END SOLUTION

# %% check="iterative_denoise_cfg" points=8
checks.check_iterative_denoise_cfg(iterative_denoise_cfg, stage_1)
### BEGIN HIDDEN TESTS
checks.check_iterative_denoise_cfg(iterative_denoise_cfg, stage_1, seed=1)
checks.check_iterative_denoise_cfg(iterative_denoise_cfg, stage_1, seed=2)
### END HIDDEN TESTS

# %% figure="one_run" alt="Five pictures of one run in a row, from noise to a drawing of a rocket; its outline is there by the third." caption="One run: every eighth picture, scale 7, prompt *a rocket*."
null = prompt_embeds_dict[""]
rocket = iterative_denoise_cfg(noises[0], 0, prompt_embeds_dict["a rocket"], null, strided_timesteps)

# %% [markdown]
# Now the five noises again, each with a prompt, guided.
#
# > **Predict.** The noises are those of the poor pictures above. Will you recognise any of them in the guided ones?

# %% figure="guided" alt="Two rows of five small pictures: rockets above, castles below. All can be recognised at once. Four of the rockets are the same outline in black, the five castles are nearly the same." caption="The same five noises with guidance, scale 7. Above: *a rocket*. Below: *a castle*."
def draw(prompt, x_t, scale=7):
    """Return one guided picture (1, 3, H, W) from noise x_t."""
    return iterative_denoise_cfg(x_t, 0, prompt_embeds_dict[prompt], null, strided_timesteps, scale, display=False)

torch.manual_seed(0)
guided = {prompt: [draw(prompt, x) for x in noises[:5]] for prompt in ("a rocket", "a castle")}
show_images([*guided["a rocket"], *guided["a castle"]], columns=5)

# %% [markdown]
# > **Look again.** The pictures are far better. What has been lost? Compare the rockets with each other.
#
# ## What guidance costs
#
# Guided pictures resemble one another. To say how much, take the $K$ pictures $y_1, \ldots, y_K$ of one prompt and average
# the distance of all pairs, with the root mean square over all pixels and channels as the distance:
#
# $$
# D = \frac{2}{K (K - 1)} \sum_{i < j} \sqrt{\operatorname{mean}\,(y_i - y_j)^2}
# $$
#
# $D = 0$ where all pictures are the same.
#
# > **Exercise 4.3.** Write `diversity(pictures)` for a batch (K, 3, H, W), a single number (four lines).

# %% exercise="diversity"
def diversity(pictures):
    """Return the mean root-mean-square distance of all pairs of different pictures."""
    ### BEGIN SOLUTION
    first, second = torch.triu_indices(len(pictures), len(pictures), offset=1)
    differences = (pictures[first] - pictures[second]).flatten(1)
    return differences.square().mean(dim=1).sqrt().mean()
    ### END SOLUTION

# %% check="diversity" points=3
checks.check_diversity(diversity)
### BEGIN HIDDEN TESTS
checks.check_diversity(diversity, seed=1)
checks.check_diversity(diversity, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# What is gained needs a number too. Here is one that the network itself can give. Add known noise to a finished picture
# and let the network predict it, with the prompt and without. Where the picture shows what the prompt says, the prompt
# helps. The *prompt gain* is the share of the squared error that the prompt takes away:
#
# $$
# G = 1 - \frac{\operatorname{mean}\,(\epsilon - \epsilon_\theta(x_t, t, c))^2}
#              {\operatorname{mean}\,(\epsilon - \epsilon_\theta(x_t, t, \varnothing))^2}
# $$
#
# {cite:t}`li2023your` made a good classifier of this idea: of many prompts, take the one with the smallest error.

# %%
def prompt_gain(picture, prompt, levels=(700, 600, 500, 400, 300)):
    """Return the mean of G over some noise levels, with the same noises for every picture."""
    gains = []
    for t, eps in zip(levels, noises):
        x_t = forward(picture, t, alphas_cumprod, eps)
        error = {asked: (unet_halves(x_t, t, asked)[0] - eps).square().mean() for asked in (prompt, "")}
        gains.append(1 - error[prompt] / error[""])
    return torch.stack(gains).mean().item()

print(f"a rocket, told that it is a rocket:  {prompt_gain(guided['a rocket'][2], 'a rocket'):6.3f}")
print(f"a rocket, told that it is a castle:  {prompt_gain(guided['a rocket'][2], 'a castle'):6.3f}")

# %% [markdown]
# > **Predict.** Draw two curves before you run the next cells: diversity over $\gamma$, and prompt gain over $\gamma$, from
# > 0 to 30. Do both go one way all along?

# %% figure="scales" alt="Three rows of seven pictures, one row for each noise, scales 0, 0.5, 1, 3, 7, 15 and 30 from left to right. At 0 there is no rocket; at 0.5 there is one, now and then a clumsy one; from 1 on it is clean; at 30 colours are harsh, the ground is stained, and all three rows show the same rocket." caption="Prompt *a rocket*. Each row is one noise; the scale grows from left to right."
scales = [0, 0.5, 1, 3, 7, 15, 30]
torch.manual_seed(0)
drawn = {scale: [draw("a rocket", x, scale) for x in noises] for scale in scales}
rows = [drawn[scale][row] for row in range(3) for scale in scales]
show_images(rows, titles=[f"scale {scale}" for scale in scales] + [""] * 14, columns=7, width=1.4)

# %% figure="diversity" alt="Diversity over guidance scale from 0 to 30: highest at 0, it falls steeply up to 3, is lowest at 7, and rises again." caption="What guidance costs: the mean distance of eight pictures of one prompt."
measured = {scale: diversity(torch.cat(drawn[scale])).item() for scale in scales}
plot_curves({"diversity": (scales, list(measured.values()))}, "guidance scale", "diversity D")

# %% figure="gain" alt="Prompt gain over guidance scale from 0 to 30: below zero at 0, it rises steeply up to 1, is highest at 3, and falls slowly." caption="What guidance gains: how much the prompt helps the network to see what is in the picture."
gains = {scale: [prompt_gain(picture, "a rocket") for picture in drawn[scale]] for scale in scales}
means = [sum(values) / len(values) for values in gains.values()]
plot_curves({"prompt gain": (scales, means)}, "guidance scale", "prompt gain G")
for scale, mean in zip(scales, means):
    print(f"scale {scale:4}: D = {measured[scale]:.3f}, G = {mean:6.3f}")

# %% [markdown]
# > **Look again.** Where on the two curves would you work? Which part of the diversity at 15 and 30 would you not call
# > diversity, once you look at the pictures?
#
# > **Careful.** Both numbers are cheap and both are blind to something. $D$ compares pixels: noise and harsh colours count
# > as diversity. $G$ asks the network that drew the picture, so it shares the network's errors. Eight pictures leave a wide
# > margin, too: change the seeds of `noises` and see how far the curves move. Papers use thousands of pictures and two
# > other networks, for FID and CLIP score {cite:p}`saharia2022photorealistic`.
#
# Below 1 the answer lies *between* the two predictions: a picture of anything, with a hint of the prompt. At 1 it is what
# the network learned. From there to about 3 each step trades difference for agreement. Beyond that the pictures grow more
# alike for a while and agree no better. Far above, something else happens.
#
# ## Far above: out of range
#
# $\gamma = 30$ multiplies the difference of two predictions by thirty, and their errors with it. To see what that does, count
# how many values of $\hat x_0$ come out beyond $[-1, 1]$, before they are clamped. `guided_loop` is the finished loop of
# `helpers.sampling`; it hands each $\hat x_0$ to `keep` and uses what comes back.

# %% figure="out_of_range" alt="Share of x_0_pred outside the range over t for scales 1, 7 and 30. At the highest noise the shares are largest and grow with the scale; they fall as t goes to 0." caption="How much of $\hat x_0$ lies beyond $[-1, 1]$ in each step, over $t$; the loop runs from right to left."
from helpers.sampling import iterative_denoise_cfg as guided_loop

def shares_out_of_range(scale):
    """Return the share of x_0_pred beyond [-1, 1] in each step of one run."""
    shares = []
    def watch(x_0_pred):
        shares.append((x_0_pred.abs() > 1).float().mean().item())
        return in_range(x_0_pred)
    last(guided_loop(noises[1], 0, prompt_embeds_dict["a rocket"], null, strided_timesteps, stage_1, scale, watch))
    return shares

curves = {f"scale {scale}": (strided_timesteps[:-1], shares_out_of_range(scale)) for scale in (1, 7, 30)}
plot_curves(curves, "time t", "share beyond [-1, 1]")

# %% [markdown]
# The clamp makes all those values equal: large areas become pure black, white or one bright colour, and whatever
# differed among them is gone. {cite:t}`saharia2022photorealistic` (section 2.3) met this with *dynamic thresholding*. In each
# step take $s$, the size below which 95 % of the values of $\hat x_0$ lie, but at least 1; clamp to $[-s, s]$ and divide by
# $s$. The picture is pressed into the range instead of being cut off. DeepFloyd IF does this with $s$ at most 1.5.

# %% figure="thresholds" alt="Three rows of four pictures. Without a limit, pieces of red and magenta on white; clamped, whole rockets on white or stained grounds, two in harsh colours and two in black; with dynamic thresholding, whole rockets with more shades, on tinted grounds." caption="Scale 30. Above: $\hat x_0$ as it comes. Middle: clamped. Below: dynamic thresholding."
def drawn_with(keep, scale=30):
    """Return four pictures with another treatment of x_0_pred."""
    torch.manual_seed(0)
    embeds = prompt_embeds_dict["a rocket"]
    return [last(guided_loop(x, 0, embeds, null, strided_timesteps, stage_1, scale, keep)) for x in noises[:4]]

ways = {"as it comes": drawn_with(lambda x_0_pred: x_0_pred), "clamped": drawn_with(in_range), "dynamic": drawn_with(dynamic_threshold)}
titles = [f"{way}, up to {picture.abs().max():.1f}" for way, pictures in ways.items() for picture in pictures]
show_images([picture for pictures in ways.values() for picture in pictures], titles=titles, columns=4, width=1.8)

# %% [markdown]
# > **Look again.** The titles say how large the values of the finished picture are. Without a limit they are many times too
# > large, and no screen can show them. Which of the two limits keeps more shades, and where do you see what it costs?
#
# ## A picture of your own
#
# Choose a prompt, a scale and a seed, and keep trying until you like the picture. The pocket model knows single things,
# such as *a peacock*, *a castle* or *a cup of coffee*, in styles such as *a lithograph of*, *an oil painting of* and
# *a woodblock print of*. The cell shows one picture, the one that you hand in.

# %% gallery="own_guided_picture" title="A guided picture of my own" alt="A small guided picture of a peacock, green and blue, its tail spread." caption="The reference run's own picture: *a peacock*, scale 5."
my_prompt, my_scale, my_seed = "a peacock", 5, 3
prompt_embeds_dict[my_prompt] = embed_prompts(stage_1, [my_prompt])[my_prompt]
torch.manual_seed(my_seed)
show_images([draw(my_prompt, torch.randn(1, 3, size, size, generator=generator(my_seed)), my_scale)], width=3)

# %% [markdown]
# ## Which scale?
#
# This answer is read by a person.
#
# > **Rubric** (4 points). 1 point: names a scale for a poster of one rocket and another for a hundred different rockets, and
# > gives a reason for each. 1 point: uses numbers of this notebook, or of other seeds, for both. 1 point: says of one of the
# > numbers where it misleads, with a picture that shows it. 1 point: explains what happens far above from the formula or
# > from the share out of range, not from the look alone.

# %% [markdown] reflection="which_scale" points=4
# **You need one rocket for a poster, and a hundred rockets for a sheet of stickers that must not look alike. Which scale do
# you take for each, and what would make you distrust the two curves?**
#
# ### BEGIN SOLUTION
# For the poster I take 3: the prompt gain is highest there, 0.26, and the rockets are clean. At 7 it is nearly as high. For the
# stickers I take 1: the pictures are still rockets (0.16), and the diversity is 0.58 in place of 0.38 at 3 and 0.36 at 7, where
# most of mine became the same black-and-white rocket. Some of the hundred will be bad, but I can throw those away. I distrust
# D far above 7: it rises again, to 0.53 at 30, but the pictures at 30 do not show other rockets, they show the same one with
# harsh colours and stains, and D counts pixels. I distrust G because it asks the network that drew the picture, and both
# because they come from eight pictures. Far above, the difference of the two predictions is multiplied by 30 and its error
# too; at t = 990 nearly all of x_0_pred lies beyond [-1, 1], the clamp makes those values equal, and what was different
# among them is lost.
# ### END SOLUTION

# %% [markdown]
# ## Further reading
#
# - {cite:t}`ho2022classifier`: guidance without a classifier; figure 1 and table 1 are this chapter's two curves, done well.
# - {cite:t}`dhariwal2021diffusion`, section 4: guidance with a classifier, which came first.
# - {cite:t}`saharia2022photorealistic`, section 2.3: large guidance weights and the two kinds of thresholding.
# - {cite:t}`li2023your`: a diffusion model's own errors as a classifier.
