# ---
# title: Inpainting
# summary: One part of a picture is kept, the other drawn anew so that it fits. A mask says which; walking back says how well.
# times: {t4: 3 minutes, cpu: 2 minutes}
# weights: pocket
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6. Inpainting
#
# A loop that draws whole pictures can be made to draw a part of one. Nothing is trained for it: after each step, what
# is to stay is simply put back. That is RePaint {cite:p}`lugmayr2022repaint`, in one line. The line is easy to get
# wrong in ways that still give a picture, and even when it is right the two parts may not fit. This chapter does both:
# the line, and the walk back that makes the parts fit.
#
# > **Goals.** After this chapter you can
# >
# > - draw new content inside a mask and keep the rest of the picture;
# > - say why a perfect denoiser still leaves a seam, and show it by number;
# > - write RePaint's schedule of times and resample with it.
#
# **Notation used:** $x_t$, $t'$, $\bar\alpha_t$ and the kept steps' $\alpha_t$ as in chapter 3; $\gamma$, the guidance
# scale of chapter 4; $m$, the mask; $z$, noise from $\mathcal{N}(0, \mathbf{I})$.

# %% setup=true
from helpers import checks
from helpers.data import box_mask, ellipse_mask, load_photo, photo_caption, photo_names
from helpers.denoisers import drawn_pictures, embed_prompts, load_stage_1
from helpers.plotting import plot_curves, show_images
from helpers.sampling import denoising_step, forward, generate, in_range, inpaint as finished_inpaint, predict_x_0
stage_1 = load_stage_1("auto")

# %%
import torch
from helpers.drawing import drawing_panel
from helpers.sampling import variance_adder
from helpers.sampling.guidance import guided_prediction

alphas_cumprod = stage_1.scheduler.alphas_cumprod
size = stage_1.unet.config.sample_size
strided_timesteps = list(range(990, -1, -30))
things = ["a skull", "an old man", "a castle", "a rocket", "a tree", "the sun"]
prompts = ["", "a high quality photo", "a cartoon of a dog", "a woodblock print of mount fuji"]
prompts += [f"a photo of {thing}" for thing in things]
prompt_embeds_dict = embed_prompts(stage_1, prompts)

# %% [markdown]
# ## A mask
#
# A mask $m$ is a picture of one channel: 1 where new content goes, 0 where the picture is kept. `box_mask` and
# `ellipse_mask` make one from a place, given in parts of the picture: left, top, right, bottom, from 0 to 1.
#
# > **Careful.** {cite:t}`lugmayr2022repaint` and several libraries have it the other way round: 1 is kept. A mask that is
# > turned round gives a picture without any error message.

# %% figure="masks" alt="Three pictures in the first row: a cartoon face with a brown hat, a castle, a photograph. In the second row the same three with a grey box below the hat, a grey ellipse over two of the castle's towers and a grey box over the upper half of the photograph." caption="Above: two pictures that the model made, and a photograph. Below, in grey: what is to become new."
hat = generate("a photo of a man wearing a hat", 20, 4, stage_1)
castle = generate("a photo of a castle", 20, 3, stage_1)
photo_name = "grand_canyon" if "grand_canyon" in photo_names() else photo_names()[0]
photo = load_photo(photo_name, size)
originals = {"hat": hat, "castle": castle, "photograph": photo}
masks = {
    "hat": box_mask(size, 0.08, 0.34, 0.92, 1.0),
    "castle": ellipse_mask(size, 0.3, 0.0, 1.0, 0.55),
    "photograph": box_mask(size, 0.0, 0.0, 1.0, 0.5),
}
show_images([*originals.values(), *(originals[name] * (1 - masks[name]) for name in masks)], columns=3)
print(photo_caption(photo_name))

# %% [markdown]
# ## Put the rest back
#
# Chapter 4's loop needs little change. Here is one step of it, written once with what you have already built: guidance,
# the estimate of $x_0$ held within the range of pictures, the reverse step to $t'$, and its noise. `generate` has set the
# scheduler to time steps of its own; `set_timesteps` sets it back to ours. Call it again after each `generate`.

# %%
stage_1.scheduler.set_timesteps(timesteps=strided_timesteps)
add_variance = variance_adder(stage_1)

@torch.no_grad()
def guided_step(x_t, t, t_prev, prompt_embeds, uncond_prompt_embeds, scale):
    """Return the picture at t_prev: one step of chapter 4's loop."""
    noise, variance = guided_prediction(stage_1, prompt_embeds, uncond_prompt_embeds, scale)(x_t, t)
    clean = in_range(predict_x_0(x_t, t, noise, alphas_cumprod))
    return add_variance(variance, t, denoising_step(x_t, clean, t, t_prev, alphas_cumprod))

# %% [markdown]
# The step returns a whole new picture at noise level $t'$. Keep it where $m = 1$. Where $m = 0$ put the original back, with
# as much noise as the picture has now ({cite:t}`lugmayr2022repaint`, eq. 8):
#
# $$
# x_{t'} \leftarrow m\, x_{t'} + (1 - m)\, \mathtt{forward}(x_\mathrm{orig}, t')
# $$
#
# Three things matter. The noise level is that of the step's *result*. The noise is drawn anew at each step, as `forward`
# does. And the last step is no exception: at $t' = 0$ the original comes back almost clean.
#
# > **Careful.** Algorithm 1 of the paper prints the factor of that noise as $1 - \bar\alpha_t$, without the root. Its
# > eq. 8 and its code have the root.
#
# > **Exercise 6.1.** Write `inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True)`.
# > It begins with pure noise, walks down all of `timesteps`, and returns the last picture. `forward` takes
# > `alphas_cumprod` as its third argument. With `display=True` it shows every fifth picture at its end, in one call of
# > `show_images` (eight lines).

# %% exercise="inpaint"
def inpaint(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7, display=True):
    """Return a picture that is new where mask is 1 and the original where it is 0, shaped like original_image."""
    ### BEGIN SOLUTION
    x_t, shown = torch.randn_like(original_image), []
    for t, t_prev in zip(timesteps, timesteps[1:]):
        x_t = guided_step(x_t, t, t_prev, prompt_embeds, uncond_prompt_embeds, scale)
        x_t = mask * x_t + (1 - mask) * forward(original_image, t_prev, alphas_cumprod)
        shown.append(x_t)
    if display:
        show_images(shown[2::5])
    return x_t
    ### END SOLUTION

# %% check="inpaint" points=8
checks.check_inpaint(inpaint, stage_1)
### BEGIN HIDDEN TESTS
checks.check_inpaint(inpaint, stage_1, seed=1)
checks.check_inpaint(inpaint, stage_1, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Predict.** The man's face gets *a photo of a skull*. The prompt does not speak of a hat. Will the skull be in the
# > right place, and of the right size for the hat?

# %% figure="first_inpainting" alt="Seven small pictures from noise to clean. By the fifth a hat and the holes of two eyes can be made out; the last is a pale skull with dark eyes under a brown hat." caption="Every fifth picture of the loop. The kept part is there from the beginning, with as much noise as the new part has: both come out of it together."
torch.manual_seed(0)
uncond = prompt_embeds_dict[""]
skull = inpaint(hat, masks["hat"], prompt_embeds_dict["a photo of a skull"], uncond, strided_timesteps)
kept = (masks["hat"] == 0).expand_as(hat)
print(f"kept region, off by {(skull - hat)[kept].square().mean().sqrt():.4f} (root mean square)")
print(f"noise of forward at t = 0: {(1 - alphas_cumprod[0]).sqrt():.4f}, at t = 30: {(1 - alphas_cumprod[30]).sqrt():.4f}")

# %% [markdown]
# The kept region is the original up to the noise of the last step, which the eye cannot see. A loop that is one noise
# level off would leave nine times as much.

# %% figure="results" alt="Three rows of five pictures: the original, the original with a grey mask, and three results. Under the brown hat a skull, an old man and a dog; above the castle's wall its tower again, a rocket and a tree; over the photograph's lower half three skies in the colours of a woodblock print." caption="Original, mask, and three results. Under the hat: a skull, an old man, a dog. Above the wall: a castle, a rocket, a tree. On the photograph: one prompt, three seeds. The model never saw a photograph; the sky that it adds is that of a print, whatever lies below."
wanted = {
    "hat": [("a photo of a skull", 7, 1), ("a photo of an old man", 7, 1), ("a cartoon of a dog", 7, 1)],
    "castle": [("a photo of a castle", 7, 1), ("a photo of a rocket", 7, 1), ("a photo of a tree", 7, 1)],
    "photograph": [("a woodblock print of mount fuji", 4, seed) for seed in (1, 2, 3)],
}
rows = []
for name, results in wanted.items():
    original, mask = originals[name], masks[name]
    rows += [original, original * (1 - mask)]
    for prompt, scale, seed in results:
        torch.manual_seed(seed)
        rows.append(inpaint(original, mask, prompt_embeds_dict[prompt], uncond, strided_timesteps, scale, display=False))
show_images(rows, columns=5)

# %% [markdown]
# > **Look again.** Find a place where a line of the kept part goes on in the new part, and a place where it stops at the
# > border. The network saw the whole picture at every step. Why does it not always fit?
#
# ## A perfect denoiser that does not fit
#
# To see whose fault that is, take the denoiser without fault: chapter 3's *exact* one, whose world is a set of drawings.
# Keep the left half of a drawing and draw the right half anew, with no prompt at all. There are only a few right answers.
# A result fits if both halves belong to one drawing.

# %%
exact = load_stage_1("exact")
world = drawn_pictures(exact.unet.config.sample_size).means
everything = embed_prompts(exact, [""])[""]
right_half = box_mask(exact.unet.config.sample_size, 0.5, 0.0, 1.0, 1.0)

def fits(picture):
    """Return whether the drawing that is nearest to the right half has the left half, too."""
    new = ((world - picture) * right_half).square().mean((1, 2, 3)).argmin()
    kept = ((world - picture) * (1 - right_half)).square().mean((1, 2, 3))
    return bool(kept[new] < kept.min() + 0.001)

def halves(number, seeds=24, timesteps=strided_timesteps, **resampling):
    """Return completions of one drawing, (seeds, 3, H, W), by the finished loop and the exact denoiser."""
    torch.manual_seed(number)
    batch = world[number : number + 1].expand(seeds, -1, -1, -1)
    return [*finished_inpaint(batch, right_half, everything, everything, timesteps, exact, scale=1, **resampling)][-1]

def share_that_fits(completions):
    """Return the share of completions that fit, and the standard error of that share."""
    share = torch.tensor([fits(picture[None]) for picture in completions]).float().mean().item()
    return share, (share * (1 - share) / len(completions)) ** 0.5

# %% figure="halves" alt="Three rows of eight pictures. In the first column a yellow circle, a red square and a yellow heart. In the others the left half is kept. Some are whole again; in most the right half is that of another drawing: a circle goes on as a green star, a square as a heart or a pencil, a heart as a triangle." caption="First column: the drawing. Then completions of its left half by the exact denoiser, without resampling. Each half is perfect; most of them do not fit together."
drawings = [7, 22, 87]
plain = {number: halves(number) for number in drawings}
show_images([picture for number in drawings for picture in [world[number], *plain[number][:7]]], columns=8, width=1.2)
share, error = share_that_fits(torch.cat(list(plain.values())))
print(f"{share:.0%} of the completions fit, plus or minus {error:.0%}")

# %% [markdown]
# The denoiser is perfect, so the loop is at fault. At high noise the new half hardly sees the kept one, and settles for a
# shape. At the next step the kept half is replaced by a fresh draw, which knows nothing of that shape: the two halves never
# get to agree. Once the noise is low enough to see the other half, the shape is settled.
#
# ## Walk back and try again
#
# RePaint gives the two halves more time together. It goes down a few noise levels, adds noise to the *whole* picture until
# it is back up, and walks down again. At each pass the new half sees more of the kept half, and the kept half has been part
# of one picture with it.
#
# Count $T$ noise levels as $T - 1, \ldots, 0$, and write $-1$ for the clean picture. The schedule
# ({cite:t}`lugmayr2022repaint`, appendix B) is a list of these numbers:
#
# - it begins at $T - 1$ and goes down one at a time; it ends at $-1$;
# - at every multiple of `jump_length` below $T -$ `jump_length` (0 among them) it jumps back up by `jump_length` levels;
#   each level on the way up is in the list, too;
# - it does so `n_resample` $-\, 1$ times at each such place, so that the stretch above it is walked `n_resample` times in all.
#
# For example, `resampling_schedule(4, 2, 2)` is `[3, 2, 1, 0, 1, 2, 1, 0, -1]`: at 0 it jumps back once; 2 is no place to
# jump, since it would lead to 4.
#
# > **Exercise 6.2.** Write `resampling_schedule(T, jump_length, n_resample)`, a list of whole numbers (eleven lines). Keep in a
# > dictionary how many jumps each place has left.

# %% exercise="resampling_schedule"
def resampling_schedule(T, jump_length, n_resample):
    """Return the list of RePaint's times, from T - 1 to -1."""
    ### BEGIN SOLUTION
    jumps_left = dict.fromkeys(range(0, T - jump_length, jump_length), n_resample - 1)
    t = T - 1
    times = [t]
    while t >= 0:
        t = t - 1
        times.append(t)
        if jumps_left.get(t, 0) > 0:
            jumps_left[t] -= 1
            times.extend(range(t + 1, t + jump_length + 1))
            t = times[-1]
    return times
    ### END SOLUTION

# %% check="resampling_schedule" points=4
checks.check_resampling_schedule(resampling_schedule)
### BEGIN HIDDEN TESTS
checks.check_resampling_schedule(resampling_schedule, seed=1)
checks.check_resampling_schedule(resampling_schedule, seed=2)
### END HIDDEN TESTS

# %%
levels = len(strided_timesteps) - 1
for numbers in ((250, 10, 10), (levels, 1, 1), (levels, 3, 3)):
    times = resampling_schedule(*numbers)
    down = sum(after < before for before, after in zip(times, times[1:]))
    print(f"T, jump_length, n_resample = {numbers}: {len(times) - 1} transitions, {down} down, {len(times) - 1 - down} up")

# %% [markdown]
# The first line is the schedule of the paper, the second our loop so far, the third what we use from now on: three levels
# at a time, each stretch walked three times. Only the steps down cost calls of the network.

# %% figure="schedule" alt="Noise level over transitions: a straight line falls from 32 to minus 1 in 33 transitions; a saw-tooth falls over 153 transitions, with two teeth at each multiple of three." caption="The walk with and without resampling."
walks = {"straight down": resampling_schedule(levels, 1, 1), "jump_length 3, n_resample 3": resampling_schedule(levels, 3, 3)}
plot_curves({name: (range(len(times)), times) for name, times in walks.items()}, "transition", "noise level")

# %% [markdown]
# ## The way up
#
# A step down is what it was: the guided step, then the blend. A step up goes from $x_{t'}$ to the noisier $x_t$ of the next
# kept step. Chapter 2 knows how: the forward process of one step ({cite:t}`ho2020denoising`, eq. 2), with the kept steps'
# $\alpha_t = \bar\alpha_t / \bar\alpha_{t'}$:
#
# $$
# x_t = \sqrt{\alpha_t}\; x_{t'} + \sqrt{1 - \alpha_t}\; z
# $$
#
# > **Careful.** `forward` would be wrong here. It noises a *clean* picture; $x_{t'}$ has noise already.
#
# > **Exercise 6.3.** Write `inpaint_with_resampling(original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps,`
# > `jump_length, n_resample, scale=7, display=True)`. Noise level $T - 1$ is `timesteps[0]` and $-1$ is `timesteps[-1]`,
# > so there are `len(timesteps) - 1` levels. With `display=True` it shows every tenth picture or so in one call of
# > `show_images` (fourteen lines).

# %% exercise="inpaint_with_resampling"
def inpaint_with_resampling(
    original_image, mask, prompt_embeds, uncond_prompt_embeds, timesteps, jump_length, n_resample, scale=7, display=True
):
    """Return a picture that is new where mask is 1 and the original where it is 0, shaped like original_image."""
    ### BEGIN SOLUTION
    T = len(timesteps) - 1
    visited = [timesteps[T - 1 - level] for level in resampling_schedule(T, jump_length, n_resample)]
    x_t, shown = torch.randn_like(original_image), []
    for t, t_next in zip(visited, visited[1:]):
        if t_next < t:
            x_t = guided_step(x_t, t, t_next, prompt_embeds, uncond_prompt_embeds, scale)
            x_t = mask * x_t + (1 - mask) * forward(original_image, t_next, alphas_cumprod)
        else:
            alpha_t = alphas_cumprod[t_next] / alphas_cumprod[t]
            x_t = alpha_t.sqrt() * x_t + (1 - alpha_t).sqrt() * torch.randn_like(x_t)
        shown.append(x_t)
    if display:
        show_images(shown[:: max(1, len(shown) // 10)])
    return x_t
    ### END SOLUTION

# %% check="inpaint_with_resampling" points=6
checks.check_inpaint_with_resampling(inpaint_with_resampling, stage_1)
### BEGIN HIDDEN TESTS
checks.check_inpaint_with_resampling(inpaint_with_resampling, stage_1, seed=1)
checks.check_inpaint_with_resampling(inpaint_with_resampling, stage_1, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## What resampling buys
#
# > **Predict.** How many of the halves will fit now? And if the same number of network calls is spent on smaller steps
# > straight down, without resampling?

# %% figure="halves_resampled" alt="The same three drawings. More of the completions are whole again. In four the square goes on in yellow; in a few a circle or a heart goes on as a star." caption="The same drawings, completed with resampling. Where the halves still differ, it is often in one thing only: the colour of the square, the shape of the circle."
resampled = {number: halves(number, jump_length=3, n_resample=3) for number in drawings}
show_images([picture for number in drawings for picture in [world[number], *resampled[number][:7]]], columns=8, width=1.2)
small_steps = list(range(990, -1, -10))
longer = torch.cat([halves(number, timesteps=small_steps) for number in drawings])
for way, completions in {
    "straight down, 33 calls": torch.cat(list(plain.values())),
    f"straight down, {len(small_steps) - 1} calls": longer,
    "with resampling, 93 calls": torch.cat(list(resampled.values())),
}.items():
    share, error = share_that_fits(completions)
    print(f"{way:26} {share:4.0%} fit, plus or minus {error:.0%}")

# %% [markdown]
# More steps straight down do not help: their share is no higher than that of the short walk, the errors considered. Time
# together does: more than half fit now. It is no cure: the others do not.
#
# With a trained network nobody knows the right answer, but a seam can be measured. Compare neighbouring pixels: the mean
# jump from one to the next *across* the border of the mask, divided by the mean jump elsewhere. 1 means that the border is a
# place like any other.

# %%
def seam(picture, mask):
    """Return the mean jump between neighbours across the mask's border, divided by that of all other neighbours."""
    across, elsewhere = [], []
    for axis in (-1, -2):
        jumps, border = picture.diff(dim=axis).abs().mean(1, keepdim=True), mask.diff(dim=axis) != 0
        across.append(jumps[border])
        elsewhere.append(jumps[~border])
    return (torch.cat(across).mean() / torch.cat(elsewhere).mean()).item()

# %% figure="seams" alt="Two rows of five castles whose right half is new. Above, they are a brown mass, an orange block, a wall with a red tower, a purple blot and a grey lump; below, three walls with a red tower and two grey lumps, all in the colours of the castle." caption="The castle with a new right half, and no prompt that says what. Above: straight down. Below: resampled, from the same seeds. Over each picture its seam; 1 is none."
prompt_embeds, half = prompt_embeds_dict["a high quality photo"], box_mask(size, 0.5, 0.0, 1.0, 1.0)
pictures, seams = {"straight": [], "resampled": []}, {}
for seed in range(5):
    torch.manual_seed(seed)
    pictures["straight"].append(inpaint(castle, half, prompt_embeds, uncond, strided_timesteps, scale=1, display=False))
    torch.manual_seed(seed)
    pictures["resampled"].append(
        inpaint_with_resampling(castle, half, prompt_embeds, uncond, strided_timesteps, 3, 3, scale=1, display=False)
    )
for way in pictures:
    seams[way] = torch.tensor([seam(picture.clamp(-1, 1), half) for picture in pictures[way]])
    print(f"{way:10} seam {seams[way].mean():.2f}, standard deviation over seeds {seams[way].std():.2f}")
gain = seams["straight"] - seams["resampled"]
print(f"gain {gain.mean():.2f}, standard error {gain.std() / len(gain) ** 0.5:.2f}")
print(f"the original's own seam {seam(castle, half):.2f}")
labels = [f"{value:.2f}" for way in seams for value in seams[way]]
show_images([*pictures["straight"], *pictures["resampled"]], titles=labels, columns=5)

# %% [markdown]
# Resampling makes the seam smaller for each of the five seeds, and the mean gain is nearly three times its error. Five seeds
# are few, so trust the direction more than the size. The seam is still larger than the original's own at that place.
#
# > **Look again.** Find two pictures in the lower row with nearly the same seam, one that you would keep and one that you
# > would not. What does the seam not see?
#
# ## A mask by your own hand
#
# Paint over whatever shall become new; any colour will do. On the website you see the picture alone.

# %% widget=true alt="A castle with red roofs." caption="The picture to paint on: what is painted over will be drawn anew."
panel = drawing_panel(size, sheet=castle)

# %% figure="by_hand" alt="The castle, the castle with a grey ellipse over two of its towers, and the castle with a blue rocket in their place." caption="The castle, what is to become new (an ellipse until you have painted), and the result."
by_hand = panel.mask() if panel.strokes else masks["castle"]
embeds = prompt_embeds_dict["a photo of a rocket"]
torch.manual_seed(1)
redrawn = inpaint_with_resampling(castle, by_hand, embeds, uncond, strided_timesteps, 3, 2, display=False)
show_images([castle, castle * (1 - by_hand), redrawn])

# %% [markdown]
# ## What you saw
#
# This answer is read by a person.
#
# > **Rubric** (4 points). 1 point: explains why the halves do not fit although the denoiser is perfect, by what the new part
# > can see at which noise level. 1 point: says what walking back changes, and why more steps straight down do not do the
# > same; uses the numbers. 1 point: names one thing that the seam does not measure, with a picture of this chapter in which
# > it is small and the result bad, or large and the result good. 1 point: says what would happen to the picture if the
# > original were pasted in without noise, with a reason that speaks of what the network was trained on.

# %% [markdown] reflection="what_fits" points=4
# **Why does a perfect denoiser leave halves that do not fit, and what does resampling change? What does the seam not measure?
# What would happen if the original were put back without noise at every step?**
#
# ### BEGIN SOLUTION
# At high noise both halves are nearly pure noise, so the new half settles for a shape without knowing the other; each
# blend draws the kept half's noise anew, so whatever the step had made of both together is thrown away. When the kept
# half can be seen, the shape is settled. Walking back adds noise to both and undoes part of the decision, now with both
# halves in one picture: more than half of the completions fit in place of a third. Smaller steps straight down gain
# nothing beyond the error, since each decision is still taken once. The seam looks at neighbouring pixels only: two of
# the resampled castles end in a grey lump, and their seams are as small as those of the walls with a tower; a yellow star
# on a yellow half circle has hardly any seam and is wrong. Without noise the network would be shown a picture that is
# half clean and half at noise level t. It never saw such a picture: it takes the clean half for noise of size one that
# happens to look like a hat, and its estimate is wrong on both sides.
# ### END SOLUTION

# %% [markdown]
# ## Your picture for the gallery
#
# Take a picture (your drawing of chapter 5, a photograph, something the model made), a mask and a prompt, and make
# something that was not there before. Try some seeds before you decide. The last run of this cell goes into the class's
# gallery.

# %% gallery="my_inpainting" title="A picture with something new in it" alt="A smiling sun under a brown cowboy hat." caption="The sun borrows a hat: one prompt, one mask, one seed."
embeds = prompt_embeds_dict["a photo of the sun"]
torch.manual_seed(1)
mine = inpaint_with_resampling(hat, masks["hat"], embeds, uncond, strided_timesteps, 3, 2, display=False)
show_images([mine], width=2.6)

# %% [markdown]
# ## Further reading
#
# - {cite:t}`lugmayr2022repaint`: RePaint, with many masks and a comparison of resampling with slower sampling.
# - {cite:t}`song2021score`, appendix I: the known part put back, and other ways to steer a sample.
# - {cite:t}`meng2022sdedit`: edits without a mask, chapter 5's method.
