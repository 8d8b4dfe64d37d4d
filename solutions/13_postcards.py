# ---
# title: Postcards, guided by colour and by text
# summary: A diffusion model of pictures is taught woodblock prints, and then led by a colour and by a sentence that it was never trained on.
# times: {t4: 10 minutes, cpu: 12 minutes}
# weights: postcards_base, postcards_pocket, pocket_clip, pocket_clip_judge
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 13. Postcards, guided by colour and by text
#
# Chapters 9 to 12 trained from scratch. Mostly one does not: one takes a model that can draw already and shows it a few
# hundred pictures of another kind. This chapter does so with Japanese woodblock prints, and then makes the model do what no
# training taught it: draw in a colour, draw what a sentence says.
#
# > **Goals.** After this chapter you can
# >
# > - fine-tune a model of the library diffusers, with gradients that are accumulated over batches;
# > - sample with any scheduler of that library, in 1,000 steps or in 40;
# > - guide a sampler by the gradient of any loss, and say through what that gradient must pass;
# > - turn the scale between novelty and fidelity, and say what happens when two wishes pull apart.
#
# **Notation used:** $x_0$, $x_t$, $t$, $\bar\alpha_t$, $\epsilon_\theta$, $\hat x_0$ as in chapter 2 and 3; pictures are (B,
# 3, 64, 64) in $[-1, 1]$. New: $\ell(x_0)$, a loss of a picture: small where the picture is as we want it; $\lambda$, its
# scale (`scale`), 0 for no guidance.

# %% setup=true
from helpers import checks
from helpers.clip import embed_pictures, embed_text, load_clip
from helpers.data import load_prints, prints_note, prints_source
from helpers.guidance import predicted_x_0, random_cutouts
from helpers.plotting import show_images
from helpers.postcards import load_postcards

# %%
import time
from functools import partial

import torch
from diffusers import DDIMScheduler
from torch.nn import functional as F

from helpers.runtime import device, generator, mixed_precision

prints = load_prints(flips=True)
print(prints_source(), f"{len(prints):,} pictures, half of them mirrored")

# %% [markdown]
# ## Prints
#
# The prints are by Utagawa Hiroshige and Katsushika Hokusai, most of them landscapes, all of them in the public domain. Paper
# margins and the printed frame are cut off, so that the model does not learn to draw paper.

# %% figure="prints" alt="Two rows of eight small square landscapes with blue water, pale skies and dark trees." caption="Sixteen of the prints to fine-tune on."
show_images(prints[: 16 * 17 : 17], columns=8, width=1.1, note=prints_note())

# %% [markdown]
# ## A model that can draw already
#
# `load_postcards` returns a `diffusers.DDPMPipeline`: a `UNet2DModel`, which predicts the noise, and a `DDPMScheduler`, which
# knows $\bar\alpha_t$. On Colab with a GPU you may take `"celebahq"`, a model of faces with 114 million weights; here it is
# `"base"`, which has seen emoji and drawn faces and is sixteen times smaller.

# %%
base = load_postcards("base")
print(f"{sum(p.numel() for p in base.unet.parameters()):,} weights, {base.scheduler.config.num_train_timesteps} steps")

# %% [markdown]
# ## Fine-tuning
#
# Nothing is new in the loss; it is that of chapter 10:
#
# $$
# L = \operatorname{mean}\,\bigl(\epsilon_\theta(x_t, t) - \epsilon\bigr)^2, \qquad
# x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon
# $$
#
# The scheduler makes $x_t$ for you: `scheduler.add_noise(x_0, eps, t)`. The network is called as `unet(x_t, t).sample`; how
# many steps there are stands in `scheduler.config.num_train_timesteps`.
#
# > **Exercise 13.1.** Write `fine_tuning_step(unet, scheduler, x_0)`, the loss of a batch. Each picture gets a time and a
# > noise of its own (four lines).

# %% exercise="fine_tuning_step"
def fine_tuning_step(unet, scheduler, x_0):
    """Return the loss of clean pictures (B, 3, H, W), a tensor that can be differentiated."""
    ### BEGIN SOLUTION
    t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
    eps = torch.randn_like(x_0)
    eps_pred = unet(scheduler.add_noise(x_0, eps, t), t).sample
    return F.mse_loss(eps_pred, eps)
    ### END SOLUTION

# %% check="fine_tuning_step" points=5
checks.check_fine_tuning_step(fine_tuning_step)
### BEGIN HIDDEN TESTS
checks.check_fine_tuning_step(fine_tuning_step, seed=1)
checks.check_fine_tuning_step(fine_tuning_step, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ### A slip
#
# In published notebooks one finds `loss.backward(loss)` in the place of `loss.backward()`. It runs, and the loss falls. What
# does it do? The argument of `backward` is a factor for the gradient.
#
# > **Predict.** The loss of a good model is 0.02. How large is the gradient of the slip, measured in right gradients?

# %%
for size in (1.0, 0.3, 0.1):
    weight = torch.tensor(size, requires_grad=True)
    right, = torch.autograd.grad((weight**2).mean(), weight)
    loss = (weight**2).mean()
    loss.backward(loss)
    print(f"loss {loss.item():.2f}   right gradient {right.item():.3f}   loss.backward(loss) {weight.grad.item():.4f}   factor {weight.grad.item() / right.item():.2f}")

# %% [markdown]
# The slip multiplies the gradient by the loss: $L\, \nabla L = \nabla \tfrac12 L^2$. It differentiates half the square of the
# loss, and its steps shrink as the model gets better. Adam divides most of that away, which is why nobody notices; plain
# gradient descent would stand still.
#
# ### Accumulating
#
# A big batch may not fit into memory. Two small ones do the same as one of both, if their gradients are *averaged* before the
# step:
#
# $$
# g = \frac1K \sum_{k=1}^{K} \nabla L_k
# $$
#
# PyTorch adds up gradients until `zero_grad`; the division is up to you, and so is the rest, if the number of batches is no
# multiple of $K$.
#
# > **Exercise 13.2.** Write `train_epoch(unet, scheduler, optimizer, batches, accumulate=2)`: one pass over a list of
# > batches, a step after every
# > `accumulate` of them and after the last one. Return the losses of the batches, as they are, as a list of numbers (ten lines).

# %% exercise="train_epoch"
def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    """Train on each of the batches (B, 3, H, W) once; return their losses."""
    ### BEGIN SOLUTION
    losses = []
    optimizer.zero_grad()
    for place, x_0 in enumerate(batches, 1):
        loss = fine_tuning_step(unet, scheduler, x_0)
        (loss / accumulate).backward()
        losses.append(loss.item())
        if place % accumulate == 0 or place == len(batches):
            optimizer.step()
            optimizer.zero_grad()
    return losses
    ### END SOLUTION

# %% check="train_epoch" points=5
checks.check_train_epoch(train_epoch)
### BEGIN HIDDEN TESTS
checks.check_train_epoch(train_epoch, seed=1)
checks.check_train_epoch(train_epoch, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# Fine-tuning takes small steps: AdamW with a learning rate of $10^{-5}$, so that what the model knows is bent and not broken.
# A GPU goes over all prints; a CPU takes a few batches, to see that the loss is where it should be, and then the weights of
# our own run.

# %%
torch.manual_seed(0)
chosen = prints if device().type == "cuda" else prints[::10]
batches = [part.to(device()) for part in chosen[torch.randperm(len(chosen), generator=generator(0))].split(8)]
base.unet.train()
optimizer = torch.optim.AdamW(base.unet.parameters(), lr=1e-5)
with mixed_precision():
    losses = train_epoch(base.unet, base.scheduler, optimizer, batches)
print(f"{len(losses)} batches, mean loss {sum(losses) / len(losses):.4f}")

# %% [markdown]
# The base has never seen a print, and its loss on them is small all the same: most noise can be recognised without knowing
# what the picture is of. What is left to learn is in the rest. Our own run took 1,176 steps of 16 pictures, cut-outs of the
# prints, with a rate that falls from $3 \times 10^{-4}$ to a tenth of it: a model of seven million weights with a short past has
# less to lose than one of 114 million. The [model cards](../book/model_cards.md) say more.
#
# ## Twelve postcards
#
# First the noise. If you are to compare models, schedulers and guidance, they must begin with the same.
#
# > **Exercise 13.3.** Write `start_noises(count, seed, size=64)`. The seed alone decides: neither the machine nor what was
# > drawn before (one line).

# %% exercise="start_noises"
def start_noises(count, seed, size=64):
    """Return noises (count, 3, size, size) for a seed."""
    ### BEGIN SOLUTION
    return torch.randn((count, 3, size, size), generator=torch.Generator().manual_seed(seed))
    ### END SOLUTION

# %% check="start_noises" points=1
checks.check_start_noises(start_noises)
### BEGIN HIDDEN TESTS
checks.check_start_noises(start_noises, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# A scheduler of diffusers takes the step for you. `scheduler.timesteps` are the times, in order;
# `scheduler.scale_model_input(x_t, t)` is what the network wants to see (some schedulers scale it, these two do not, and a
# loop that asks works with all of them); `scheduler.step(eps, t, x_t).prev_sample` is the next picture.
#
# > **Exercise 13.4.** Write `draw_postcards(unet, scheduler, x_T)`. How many steps there are was set before, by
# > `scheduler.set_timesteps(steps)` (six lines).

# %% exercise="draw_postcards"
@torch.no_grad()
def draw_postcards(unet, scheduler, x_T):
    """Return pictures (B, 3, H, W), drawn from noise x_T."""
    ### BEGIN SOLUTION
    unet.eval()
    x_t = x_T
    for t in scheduler.timesteps:
        eps = unet(scheduler.scale_model_input(x_t, t), t).sample
        x_t = scheduler.step(eps, t, x_t).prev_sample
    return x_t
    ### END SOLUTION

# %% check="draw_postcards" points=5
checks.check_draw_postcards(draw_postcards)
### BEGIN HIDDEN TESTS
checks.check_draw_postcards(draw_postcards, seed=1)
checks.check_draw_postcards(draw_postcards, seed=2)
### END HIDDEN TESTS

# %% figure="before_and_after" alt="Two rows of twelve small pictures from the same noises. Above: emoji-like shapes on plain grounds. Below: landscapes in blue and ochre." caption="The same twelve noises. Above: the base. Below: after fine-tuning on prints."
pipeline = load_postcards("pocket")
ddim = DDIMScheduler.from_config(pipeline.scheduler.config)
ddim.set_timesteps(40)
noises = start_noises(12, seed=0).to(device())
with mixed_precision():
    before = draw_postcards(load_postcards("base").unet, ddim, noises).cpu()
    plain = draw_postcards(pipeline.unet, ddim, noises).cpu()
show_images(torch.cat([before, plain]), columns=12, width=0.9)

# %% [markdown]
# In the features of a CLIP that only measures, the distance to the prints falls from 100 to 5.9; twenty of the prints themselves
# have 3.6 (Fréchet distance, five seeds).
#
# > **Look again.** What did the base give to the second row? Compare where light and dark lie in the two pictures of a column.
#
# ### Forty steps or a thousand
#
# > **Predict.** DDIM takes 40 steps without noise, DDPM 1,000 with noise (chapter 12). From the same noises: will it be the
# > same pictures?

# %% figure="ddim_ddpm" alt="Two rows of two pictures: drawn by DDIM in 40 steps and by DDPM in 1,000." caption="From the same noises. Above: DDIM, 40 steps. Below: DDPM, 1,000 steps."
pipeline.scheduler.set_timesteps(1000)
torch.manual_seed(0)
rows = []
for name, scheduler in (("DDIM", ddim), ("DDPM", pipeline.scheduler)):
    begin = time.perf_counter()
    with mixed_precision():
        rows.append(draw_postcards(pipeline.unet, scheduler, noises[:2]).cpu())
    print(f"{name}: {len(scheduler.timesteps):4} steps, {time.perf_counter() - begin:.1f} s")
show_images(torch.cat(rows), columns=2, width=1.6)

# %% [markdown]
# They are not. Without noise in the steps $x_T$ decides everything; a thousand fresh noises lead somewhere else. Ours also come
# out better by DDPM: bolder colours, and things in place of patches. Fresh noise gives a network the chance to correct what it
# got wrong at earlier steps {cite:p}`karras2022elucidating`, and ours gets a lot wrong. But it takes 25 times as long, and where
# we compare pictures or turn a dial, chance should not turn with it. From here on we take the forty steps.
#
# ## A colour
#
# The model knows nothing of colours by name. But whatever can be computed from a picture and has a gradient can lead the
# sampler. Take the mean absolute distance of a picture to a colour $c$, with the picture brought to $[0, 1]$, where colours
# lie:
#
# $$
# \ell_{\text{colour}}(x_0) = \operatorname{mean}\,\Bigl|\,\frac{x_0 + 1}{2} - c\,\Bigr|
# $$
#
# Each picture has a loss of its own: a postcard should not depend on its neighbours in the batch.
#
# > **Exercise 13.5.** Write `colour_loss(x_0, colour)`, one number a picture (two lines).

# %% exercise="colour_loss"
def colour_loss(x_0, colour):
    """Return (B,): the mean absolute distance of pictures (B, 3, H, W) in [-1, 1] to three numbers in [0, 1]."""
    ### BEGIN SOLUTION
    colour = torch.as_tensor(colour).to(x_0).reshape(3, 1, 1)
    return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
    ### END SOLUTION

# %% check="colour_loss" points=2
checks.check_colour_loss(colour_loss)
### BEGIN HIDDEN TESTS
checks.check_colour_loss(colour_loss, seed=1)
checks.check_colour_loss(colour_loss, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## Through what must the gradient pass?
#
# The loss is about clean pictures, but the sampler holds $x_t$. What the network sees in $x_t$ is
#
# $$
# \hat x_0(x_t) = \frac{x_t - \sqrt{1 - \bar\alpha_t}\, \epsilon_\theta(x_t, t)}{\sqrt{\bar\alpha_t}}
# $$
#
# and $x_t$ stands in it twice: by itself, and *inside the network*. So before each step $x_t$ is moved down the gradient of
# $\ell(\hat x_0(x_t))$ in $x_t$, which runs back through the network:
#
# $$
# x_t \leftarrow x_t - \lambda\, \bar\alpha_t\, \nabla_{x_t}\, \ell\bigl(\hat x_0(x_t)\bigr)
# $$
#
# Then the scheduler takes its own step with the $\epsilon_\theta$ that was computed already. This is classifier guidance
# {cite:p}`dhariwal2021diffusion` with a loss in the place of the classifier. The factor $\bar\alpha_t$ takes out the two
# $\sqrt{\bar\alpha_t}$ below: without it the first steps would move far beyond all pictures.
#
# > **Careful.** Everything here is indexed by $t$. Published notebooks have `alphas_cumprod[i]`, with the number of the step.
# > In 40 steps that is never
# > below 0.98: the factor is there and does nothing.
#
# > **Exercise 13.6.** Write `guided_sample(unet, scheduler, x_T, loss, scale)`. `predicted_x_0(scheduler, x_t, t, eps)` is given.
# > Begin each step with `x_t.detach().requires_grad_()`, or the graph of all steps piles up in memory (ten lines).

# %% exercise="guided_sample"
def guided_sample(unet, scheduler, x_T, loss, scale):
    """Return pictures (B, 3, H, W) drawn from noise x_T; loss takes clean pictures and returns one number for each."""
    ### BEGIN SOLUTION
    unet.eval()
    x_t = x_T
    for t in scheduler.timesteps:
        x_t = x_t.detach().requires_grad_()
        eps = unet(scheduler.scale_model_input(x_t, t), t).sample
        x_0_pred = predicted_x_0(scheduler, x_t, t, eps)
        gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
        x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
        x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
    return x_t
    ### END SOLUTION

# %% check="guided_sample" points=8
checks.check_guided_sample(guided_sample)
### BEGIN HIDDEN TESTS
checks.check_guided_sample(guided_sample, seed=1)
checks.check_guided_sample(guided_sample, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Predict.** The scale goes from 0 far up. What will give way first: the colour of the sky, or the landscape?

# %% figure="colour_dial" alt="Five rows of four pictures for growing scale: from plain landscapes by way of green ones to areas of one green." caption="Four noises, scales 0, 100, 300, 600 and 1500 from above. The target is the green of the Hugging Face course, (0.1, 0.9, 0.5)."
GREEN = (0.1, 0.9, 0.5)
dial = {0: plain[:4]}
for scale in (100, 300, 600, 1500):
    with mixed_precision():
        dial[scale] = guided_sample(pipeline.unet, ddim, noises[:4], partial(colour_loss, colour=GREEN), scale).cpu()
for scale, cards in dial.items():
    cards = cards.clamp(-1, 1)
    apart = (cards - cards.mean(dim=0)).std()
    print(f"scale {scale:4}   distance to the colour {colour_loss(cards, GREEN).mean():.3f}   cards apart by {apart:.2f}")
show_images(torch.cat(list(dial.values())), columns=4, width=1.1)

# %% [markdown]
# Fidelity to the wish is bought with novelty; the scale is a dial between the two. At 100 the landscapes are tinted, and light
# and dark lie where they lay. At 300 the reds are gone. At 600 the distance is a third of what it was, and pale places remain,
# where the network insists. At 1500 the four cards are one. The second number of the table says the same without
# looking: how far the cards of one scale lie from their mean.
#
# Is that luck with four noises? Over five seeds the [model cards](../book/model_cards.md) have distances of 0.291, 0.253, 0.181,
# 0.094 and 0.018 for these scales, with standard deviations of at most 0.005.
#
# ## A text
#
# CLIP {cite:p}`radford2021learning` puts pictures and texts into one space. Its vectors have no length that matters, only a
# direction, so the distance is an angle. For vectors of length 1 the great circle between them has the length $2 \arcsin(|a -
# b| / 2)$; half its square is the loss {cite:p}`crowson2021clip`:
#
# $$
# \ell(a, b) = 2 \arcsin^2 \frac{|a - b|}{2}, \qquad |a| = |b| = 1
# $$
#
# > **Exercise 13.7.** Write `great_circle(a, b)` for vectors of any length in the last dimension (two lines).

# %% exercise="great_circle"
def great_circle(a, b):
    """Return half the square of the angle between vectors a (B, D) and b (1, D), shaped (B,)."""
    ### BEGIN SOLUTION
    a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    return 2 * ((a - b).norm(dim=-1) / 2).arcsin() ** 2
    ### END SOLUTION

# %% check="great_circle" points=2
checks.check_great_circle(great_circle)
### BEGIN HIDDEN TESTS
checks.check_great_circle(great_circle, seed=1)
checks.check_great_circle(great_circle, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# A gradient knows how to fool a network: a few pixels that nobody sees can turn an embedding. Against that, CLIP is shown not
# the picture but several *cut-outs* of it, other ones at each step, and the loss is their mean.
#
# $$
# \ell_{\text{text}}(x_0) = \frac1K \sum_{k=1}^{K} \ell\bigl(\text{embed}(\text{cut}_k(x_0)),\ \text{target}\bigr)
# $$
#
# `cutouts(x_0)` returns (K · B, 3, S, S): first the first cut-out of all pictures, then the second of all, and so on.
#
# > **Exercise 13.8.** Write `clip_loss(x_0, target, embed, cutouts)`, one number a picture (two lines).

# %% exercise="clip_loss"
def clip_loss(x_0, target, embed, cutouts):
    """Return (B,): the mean great-circle distance of each picture's cut-outs to a text's embedding (1, D)."""
    ### BEGIN SOLUTION
    distances = great_circle(embed(cutouts(x_0)), target)
    return distances.reshape(-1, len(x_0)).mean(dim=0)
    ### END SOLUTION

# %% check="clip_loss" points=4
checks.check_clip_loss(clip_loss)
### BEGIN HIDDEN TESTS
checks.check_clip_loss(clip_loss, seed=1)
checks.check_clip_loss(clip_loss, seed=2)
### END HIDDEN TESTS

# %%
clip, judge = load_clip(), load_clip("judge")
TREE, LAVA = ("a sakura tree", "a volcano lava") if clip.words is None else ("a cherry blossom tree", "a volcano")   # the pocket CLIP knows few words

def loss_of_text(text, seed=0):
    """Return a loss of pictures: how far they are from a text, in four cut-outs."""
    return partial(clip_loss, target=embed_text(clip, text), embed=partial(embed_pictures, clip), cutouts=random_cutouts(4, generator(seed)))

# %% [markdown]
# One CLIP guides, and another one, trained on other pictures, measures: the guide would praise itself.
#
# ## The same twelve noises
#
# > **Predict.** Three rows: unguided, guided to a colour, guided to *a sakura tree* (for the pocket CLIP *a cherry blossom
# > tree*). In which columns will the first and the third picture be most alike?

# %% figure="side_by_side" alt="Three rows of twelve pictures from the same noises: unguided, guided to green, guided by a text that asks for a tree." caption="The same twelve noises. From above: unguided; towards green; towards a tree."
COLOUR_SCALE, TEXT_SCALE = 600, 50
with mixed_precision():
    green = guided_sample(pipeline.unet, ddim, noises, partial(colour_loss, colour=GREEN), COLOUR_SCALE).cpu()
    tree = guided_sample(pipeline.unet, ddim, noises, loss_of_text(TREE), TEXT_SCALE).cpu()
show_images(torch.cat([plain, green, tree]), columns=12, width=0.9)

def similarity(pictures, text):
    """Return the mean cosine of pictures to a text, for the judge."""
    return (embed_pictures(judge, pictures.clamp(-1, 1)) @ embed_text(judge, text).T).mean().item()

for name, cards in (("unguided", plain), ("green", green), (TREE, tree)):
    print(f"{name:14} distance to green {colour_loss(cards, GREEN).mean():.3f}   similarity to the text {similarity(cards, TREE):.3f}")

# %% [markdown]
# The text pulls less evenly than the colour. Columns 7 and 9 keep most of what they were; in others there is a pale pink crown in
# the middle, since pink and a round shape are what CLIP knows of cherry trees. The judge, which had no part in it, agrees that
# the row has come closer to the text. Over five seeds its similarity is 0.01 unguided, with a standard deviation of 0.02, and 0.11,
# 0.27, 0.44 and 0.58 at the scales 10, 25, 50 and 100, with at most 0.07: more than chance. Novelty pays for it here, too.
#
# > **Careful.** Look at the green row in the last column of the table. Nobody asked for a tree there, and its similarity rose, too: a
# > judge of this size takes green for half a tree. Compare a number with what something else reaches, and not with 0 alone.
#
# ## When wishes pull apart
#
# Two losses add up, each with its scale. *A volcano lava* (for the pocket CLIP *a volcano*) and red go together, one would
# think. And green?
#
# > **Predict.** Draw the two gradients as arrows, at a pixel of the sky and at one of the mountain. Where do they cancel?

# %% figure="apart" alt="Four rows of four pictures: the text alone, with red, with green, and with twice as much green." caption="A volcano. From above: the text alone; with red; with green; with green at twice the scale."
def both(colour, colour_scale, text, text_scale):
    """Return the sum of both losses, each times its scale."""
    by_text = loss_of_text(text)
    return lambda x_0: colour_scale * colour_loss(x_0, colour) + text_scale * by_text(x_0)

RED = (0.9, 0.2, 0.1)
wishes = [(RED, 0), (RED, COLOUR_SCALE), (GREEN, COLOUR_SCALE), (GREEN, 2 * COLOUR_SCALE)]
with mixed_precision():
    rows = [guided_sample(pipeline.unet, ddim, noises[:4], both(colour, scale, LAVA, TEXT_SCALE), 1).cpu() for colour, scale in wishes]
show_images(torch.cat(rows), columns=4, width=1.1)
for (colour, scale), cards in zip(wishes, rows):
    print(f"colour {colour} scale {scale:5}   distance {colour_loss(cards, colour).mean():.3f}   similarity {similarity(cards, LAVA):.3f}")

# %% [markdown]
# Both colours cost similarity, red no less than green: a picture in one red has no fire that stands out. The colour pulls
# at each pixel with the same force until it is there; the text pulls hard at few. So the sky goes to the colour, and a dark spot
# remains, where the text is stronger. Twice the colour makes the spot smaller and cannot remove it. No scale grants both wishes: the sum
# of two losses is least where the gain of one costs the other as much.
#
# > **Try this.** A colour and a text of your own, with both scales. Where is your dial when the card is as you want it?

# %% gallery="my_postcard" title="A postcard of my own"
my_colour, my_text = (0.85, 0.26, 0.18), "a mountain"
with mixed_precision():
    my_card = guided_sample(pipeline.unet, ddim, start_noises(1, seed=7).to(device()), both(my_colour, 400, my_text, 25), 1)
show_images(my_card)

# %% [markdown]
# ## What the dial costs
#
# These answers are read by a person.
#
# > **Rubric** (8 points). 2 points: through what the gradient passes, and what is lost without it, with the equation of $\hat
# > x_0$. 2 points: the dial, from your own table: what is
# > gained in distance or similarity, and what is lost in novelty, with numbers. 2 points: what happens when colour and text
# > pull apart, and why. 2 points: `loss.backward(loss)` or
# > `alphas_cumprod[i]`: what it does, why nobody notices, and how one would.

# %% [markdown] reflection="dial" points=8
# **Through what must the gradient pass, and what does the scale trade? What happens when two wishes pull apart? Choose one of
# the two slips: what does it do, and how would you have found it?**
#
# ### BEGIN SOLUTION
# The loss is a function of the predicted clean picture, and x_t enters it by itself and through the network. With the
# network's answer detached the gradient is that of the loss divided by sqrt(alpha-bar_t), pixel by pixel: each pixel is
# pushed towards the wish by itself, and the network, which knows what belongs together, has no say. Through the network a
# push on one pixel becomes a push on all that go with it.
#
# The scale trades novelty for fidelity. From 0 to 600 the distance to green falls from 0.297 to 0.094, and four cards come closer
# to each other, from 0.24 to 0.14; at 1500 they are 0.018 from green and 0.03 from each other: one green area. A volcano
# alone has a similarity of 0.67, in green of 0.58, in twice as much green of 0.47: every pixel outside the mountain follows the
# colour, whose pull is the same everywhere, and only where the pull of the text is stronger a dark spot is left.
#
# `loss.backward(loss)` multiplies the gradient by the loss; Adam normalises the size of gradients, so the loss still falls.
# One finds it by printing the norm of the gradient beside that of `torch.autograd.grad(loss, weights)`. `alphas_cumprod[i]`
# for i below 40 lies between 0.98 and 1: taking the factor out changes nothing, and that is how one finds it.
# ### END SOLUTION

# %% [markdown]
# ## Further reading
#
# - {cite:t}`dhariwal2021diffusion`: guidance by a gradient, with a classifier.
# - {cite:t}`song2021denoising`: few steps without noise.
# - {cite:t}`radford2021learning`: pictures and texts in one space.
# - {cite:t}`crowson2021clip`: cut-outs, and the great circle as a loss.
# - {cite:t}`whitaker2022unit`: fine-tuning and guidance with diffusers.
