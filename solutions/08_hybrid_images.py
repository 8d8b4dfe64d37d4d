# ---
# title: Hybrid images
# summary: A panda from across the room, a mosque from close by. Low frequencies follow one prompt, high ones another.
# times: {t4: 3 minutes, cpu: 1 minute}
# weights: pocket, pocket_clip
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 8. Hybrid images
#
# From afar you see large shapes, from close by you see edges. {cite:t}`oliva2006hybrid` put the large shapes of one photograph
# and the edges of another into one picture, which changes as you walk towards it. {cite:t}`geng2024factorized` let a
# diffusion model draw such pictures from two prompts, and both halves fit as if they had been made for each other. They were.
#
# > **Goals.** After this chapter you can
# >
# > - split a picture into low and high frequencies that add up to it again;
# > - draw one picture that follows one prompt from afar and another from close by;
# > - split a picture in other ways, and say which splits will do.
#
# **Notation used:** $x_t$, $\epsilon_\theta$, $t'$ as in chapter 3; $\epsilon_\theta^\gamma$, the guided noise, as in
# chapter 7. New: $\mathcal{L}$, a low pass.

# %% setup=true
from helpers import checks
from helpers.data import load_photo, photo_names
from helpers.denoisers import embed_prompts, load_stage_1
from helpers.plotting import show_images
from helpers.sampling import denoising_step, in_range, make_factorized, predict_x_0, variance_adder
stage_1 = load_stage_1("auto")

# %%
import torch
from torchvision.transforms.functional import gaussian_blur

from helpers.widgets import distance_frames, distance_slider

alphas_cumprod = stage_1.scheduler.alphas_cumprod
size = stage_1.unet.config.sample_size
strided_timesteps = list(range(990, -1, -30))
stage_1.scheduler.set_timesteps(timesteps=strided_timesteps)
add_variance = variance_adder(stage_1)
prompts = ["a panda", "a mosque", "a bear", "a train", "a pumpkin", "a castle", "a lion", "a sunflower"]
prompts += ["a lithograph of a castle", "a photo of an apple", "waterfalls"]
prompt_embeds_dict = embed_prompts(stage_1, ["", *prompts])

# %% [markdown]
# ## Low and high
#
# A blur is a *low pass* $\mathcal{L}$: large shapes get through, edges do not. What it takes away, $x - \mathcal{L}(x)$, is
# the *high pass*: edges on a grey ground.
#
# `gaussian_blur(x, kernel_size, sigma)` weighs neighbours by a Gaussian of width `sigma` pixels; `kernel_size` is odd and
# says how many pixels it reaches over. For pictures of 64 × 64 pixels the kernel has 33 pixels and sigma is 2. A picture
# of another size must lose the same share of its frequencies, so both scale with it: at 128 pixels sigma is 4, at 32 it
# is 1. A kernel somewhat wider or narrower changes nothing to be seen, as long as it reaches four sigma to each side.
#
# > **Exercise 8.1.** Write `low_pass(x)` for square pictures (B, C, H, W) of any size (three lines).

# %% exercise="low_pass"
def low_pass(x):
    """Return the low frequencies of x, shaped like x."""
    ### BEGIN SOLUTION
    factor = x.shape[-1] / 64
    kernel_size = 2 * round(16 * factor) + 1
    return gaussian_blur(x, kernel_size, 2 * factor)
    ### END SOLUTION

# %% check="low_pass" points=3
checks.check_low_pass(low_pass)
### BEGIN HIDDEN TESTS
checks.check_low_pass(low_pass, seed=1)
checks.check_low_pass(low_pass, seed=2)
### END HIDDEN TESTS

# %% figure="passes" alt="Three pictures: a photograph, its blur, and its edges on grey." caption="A photograph of 64 pixels, its low and its high frequencies. The last two add up to the first."
names = [name for name in ("chelsea_cat", "big_ben", "chelsea", "astronaut", "coffee") if name in photo_names()]
photo = load_photo(names[0], 64)
show_images([photo, low_pass(photo), photo - low_pass(photo)], titles=["photograph", "low pass", "high pass"], width=2)
print(f"low + high differs from the photograph by at most {(low_pass(photo) + (photo - low_pass(photo)) - photo).abs().max():.1e}")

# %% [markdown]
# The classic recipe needs no network: the low frequencies of one photograph and the high ones of another.

# %% figure="classic" alt="Four pictures: the photograph for afar, the one for close by, their hybrid with the edges of the second on the colours of the first, and the hybrid blurred, in which the first can be seen." caption="Two photographs and their hybrid as Oliva, Torralba and Schyns made it. Step back from the screen, or squint."
other = load_photo(names[1], 64)
classic = low_pass(photo) + (other - low_pass(other))
titles = ["for afar", "for close by", "hybrid", "hybrid from afar"]
show_images([photo, other, classic, low_pass(classic)], titles=titles, width=2)

# %% [markdown]
# > **Look again.** The edges of the second photograph run across the first without heed for it. What would two photographs
# > need, for their hybrid to look like one thing at each distance?
#
# ## A hybrid of two prompts
#
# Split the *noise* instead. In each step ask for the guided noise of two prompts, both about the same picture, and take the
# low frequencies of one and the high ones of the other:
#
# $$
# \epsilon = \mathcal{L}(\epsilon_{\text{low}}) + \bigl(\epsilon_{\text{high}} - \mathcal{L}(\epsilon_{\text{high}})\bigr),
# \qquad \epsilon_{\text{low}} = \epsilon_\theta^\gamma(x_t, t, c_{\text{low}}), \quad
# \epsilon_{\text{high}} = \epsilon_\theta^\gamma(x_t, t, c_{\text{high}}) .
# $$
#
# Each prompt sees what the other one has done, at every step, and fits its own share to it. If both prompts are the same,
# low and high add up, and the loop is that of chapter 4.
#
# > **Careful.** The high pass of $\epsilon_{\text{high}}$ is taken with its *own* low pass. With that of the other noise in
# > its place the two do not add up to anything.
#
# A variance is a size and not a picture: it is not filtered. Take the mean of the two conditional calls' variances.
# The unconditional call is the same for both prompts, so three calls are enough. Keep $\hat x_0$ in range, as in chapter 4.
#
# > **Exercise 8.2.** Write `make_hybrids`. Showing pictures is up to you (fourteen lines).

# %% exercise="make_hybrids"
@torch.no_grad()
def make_hybrids(
    im_noisy, i_start, prompt_embeds_low, prompt_embeds_high, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    """Return the picture at the last time step, shaped like im_noisy (1, 3, H, W)."""
    ### BEGIN SOLUTION
    image = im_noisy
    three = torch.cat([uncond_prompt_embeds, prompt_embeds_low, prompt_embeds_high])
    for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
        answers = stage_1.unet(image.repeat(3, 1, 1, 1), t, encoder_hidden_states=three, return_dict=False)[0]
        uncond, cond_low, cond_high = answers.split(1)
        eps_low = uncond[:, :3] + scale * (cond_low[:, :3] - uncond[:, :3])
        eps_high = uncond[:, :3] + scale * (cond_high[:, :3] - uncond[:, :3])
        eps = low_pass(eps_low) + (eps_high - low_pass(eps_high))
        predicted_variance = (cond_low[:, 3:] + cond_high[:, 3:]) / 2
        x_0_pred = in_range(predict_x_0(image, t, eps, alphas_cumprod))
        image = add_variance(predicted_variance, t, denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod))
    if display:
        show_images([image, low_pass(image)])
    return image
    ### END SOLUTION

# %% check="make_hybrids" points=8
checks.check_make_hybrids(make_hybrids, stage_1)
### BEGIN HIDDEN TESTS
checks.check_make_hybrids(make_hybrids, stage_1, seed=1)
checks.check_make_hybrids(make_hybrids, stage_1, seed=2)
### END HIDDEN TESTS

# %%
def draw_hybrid(far, near, seed):
    """Return a hybrid of two prompts. The seed is that of the first picture and of the noise that the steps add."""
    torch.manual_seed(seed)
    ends = prompt_embeds_dict[far], prompt_embeds_dict[near], prompt_embeds_dict[""]
    return make_hybrids(torch.randn((1, 3, size, size)), 0, *ends, strided_timesteps, display=False)

# %% figure="first_hybrid" alt="Two towers with dark domes and a gate between them, a mosque; its blur, which is a panda's face; its edges on grey." caption="One picture: as it is, its low frequencies, its high frequencies."
hybrid = draw_hybrid("a panda", "a mosque", seed=1)
show_images([hybrid, low_pass(hybrid), hybrid - low_pass(hybrid)], titles=["hybrid", "from afar", "edges"], width=2.2)

# %% [markdown]
# ## Walk away from it
#
# From twice the distance a picture covers half the width on your retina, and its finest edges fall below what the eye can
# resolve. The slider makes the picture smaller, as distance does.

# %% widget=true alt="The hybrid picture, large: the slider's first position." caption="The slider's first picture: the hybrid from close by."
slider = distance_slider(hybrid)

# %% [markdown]
# The same without a running notebook, with a button for each distance:

# %%
distance_frames(hybrid, "A mosque from close by that becomes a panda from afar")

# %% figure="distances" alt="The hybrid four times, each smaller than the one before: it turns from mosque to panda." caption="From near to far."
def from_afar(picture, times):
    """Return the picture as small as it looks from so many times the distance, on grey."""
    side = round(2 * size / times)
    small = torch.nn.functional.interpolate(picture, (side, side), mode="bicubic", antialias=True)
    border = 2 * size - side
    return torch.nn.functional.pad(small, [border // 2, border - border // 2] * 2)

show_images([from_afar(hybrid, times) for times in (1, 2, 4, 8)], titles=["1 ×", "2 ×", "4 ×", "8 ×"], width=2)

# %% [markdown]
# > **Predict.** Which of the two prompts decides the colours of the picture, and which one its outlines?

# %% figure="more_hybrids" alt="Three hybrids in a row and their blurs below: a boxy train that is a bear's head, a pumpkin carved into a castle's walls, a sunflower that is a lion's face." caption="Three more. Above: the hybrid. Below: its low frequencies."
pairs = [("a bear", "a train"), ("a pumpkin", "a castle"), ("a lion", "a sunflower")]
hybrids = [draw_hybrid(*pair, seed=seed) for pair, seed in zip(pairs, (0, 1, 1))]
titles = [near for _, near in pairs] + [far for far, _ in pairs]
show_images([*hybrids, *map(low_pass, hybrids)], titles=titles, columns=3, width=2.1)

# %% [markdown]
# What makes a pair work: a subject for afar that is known by a few large dark and light places, as a panda by its eyes and
# ears, and a subject for close by that is made of edges, as towers, gates, windows or petals are. The same style for
# both, since a colour is a low frequency and belongs to the one from afar.
#
# Pictures of the small model have few pixels, so "from afar" begins at arm's length. With 64 pixels or more the two
# distances lie further apart.
#
# What does a machine read? CLIP {cite:p}`radford2021learning` ranks a hundred names for a picture, as in chapter 7, 1 for the
# best. We show it each hybrid as it is, its low frequencies alone, and its edges alone, at twice their contrast.

# %%
from helpers.clip import load_clip, ranks_of

clip = load_clip("auto")

def looks_of(picture):
    """Return three looks at a hybrid: as it is, from afar, and its edges alone."""
    return {"as it is": picture, "from afar": low_pass(picture), "edges alone": 2 * (picture - low_pass(picture))}

for (far, near), picture in zip([("a panda", "a mosque"), *pairs], [hybrid, *hybrids]):
    for look, seen in looks_of(picture).items():
        place_near, place_far = ranks_of(clip, torch.cat([seen, seen]), [near, far])
        print(f"{look:<12} {near} {place_near}, {far} {place_far}")

# %% [markdown]
# CLIP walks from the mosque to the panda as you do. That is rare. In the other three it finds the subject for afar, first or
# second, even in the whole picture: a CLIP of so few pixels goes by large shapes and colours. In the edges alone it has
# the train and the castle among its first five, and not the sunflower.
#
# We chose the seeds, too. Here is what the first three give for each of the four pairs.

# %%
counts = dict.fromkeys(("from afar, the name for afar", "as it is, the name for close by", "edges alone, the name for close by"), 0)
for far, near in [("a panda", "a mosque"), *pairs]:
    for seed in range(3):
        looks = looks_of(draw_hybrid(far, near, seed))
        for what in counts:
            look, name = what.split(", ")
            counts[what] += ranks_of(clip, looks[look], [far if name == "the name for afar" else near])[0] <= 5
for what, count in counts.items():
    print(f"{what + ' among five':<50} {count} of 12")

# %% [markdown]
# The view from afar nearly always works. Close by CLIP names the second subject in one picture of twelve, and finds it in
# the edges of five.
#
# > **Look again.** At which distance does the name change for you, and does it change for each of the four?
#
# ## Other ways to split
#
# Low and high are one split of many. Any linear parts that add up to the picture will do: each part of the noise may
# follow a prompt of its own ({cite:t}`geng2024factorized`). `make_factorized(im_noisy, i_start, prompt_embeds, parts,
# uncond_prompt_embeds, timesteps, stage_1, scale)` does for any list of `parts` what your loop does for two.
#
# *Colour hybrids.* The grey part is the mean of the three channels, the rest is colour. In dim light the eye sees grey
# only. Below, the grey follows *a lithograph of a castle* and the colour *a photo of an apple*. By day the castle has the
# colours of an apple, green stalk included; but you see no apple, since colour alone carries little of a shape.

# %% figure="colour_hybrid" alt="A red castle with a green spire, and the same castle in grey." caption="A colour hybrid: in colour, and in grey as in dim light."
def grey(x):
    """Return the grey part of x: the mean of its channels in each of them."""
    return x.mean(1, keepdim=True).expand_as(x)

def draw_parts(prompts, parts, seed):
    """Return a picture each part of which follows its own prompt."""
    torch.manual_seed(seed)
    embeds, noise = [prompt_embeds_dict[prompt] for prompt in prompts], torch.randn((1, 3, size, size))
    steps = make_factorized(noise, 0, embeds, parts, prompt_embeds_dict[""], strided_timesteps, stage_1)
    return [*steps][-1]

in_colour = draw_parts(["a lithograph of a castle", "a photo of an apple"], [grey, lambda x: x - grey(x)], seed=1)
show_images([in_colour, grey(in_colour)], titles=["by day", "in dim light"], width=2.2)

# %% [markdown]
# *Triple hybrids.* Two blurs of different width make three parts: what the wider one lets through, what lies between the
# two, and the rest.
#
# > **Predict.** Of a pumpkin, a castle and waterfalls, from coarse to fine: which will you see?

# %% figure="triple_hybrid" alt="Three pictures: a castle in a pumpkin's orange with dark fine lines; nearly the same a little blurred; an orange disc with a green stalk." caption="A triple hybrid that is a double one: a pumpkin from afar, a castle from nearer by, and no waterfalls."
def blurred(x, sigma):
    """Return x blurred as with sigma at 64 pixels."""
    pixels = sigma * x.shape[-1] / 64
    return gaussian_blur(x, 2 * round(4 * pixels) + 1, pixels)

bands = [lambda x: blurred(x, 4), lambda x: blurred(x, 1.4) - blurred(x, 4), lambda x: x - blurred(x, 1.4)]
triple = draw_parts(["a pumpkin", "a castle", "waterfalls"], bands, seed=1)
show_images([triple, blurred(triple, 1.4), blurred(triple, 4)], titles=["triple hybrid", "further off", "from afar"], width=2.2)

# %% [markdown]
# The castle is plainer than in the hybrid above: its band has more of the picture. What is left for the third prompt is
# finer than a pixel can draw. We tried three more triples with two noises each, and saw two things at most in any of
# them. With a model of 64 pixels or more there is more room, and {cite:t}`geng2024factorized` show triples.
#
# ## A picture of your own
#
# > **Predict.** Choose a subject for afar and one for close by. Write down what will become the eyes, or the wings, or the
# > windows.
#
# Try a few noises, keep the best picture, and show it once, large.

# %% gallery="hybrid" title="A hybrid: walk away from it" alt="A castle with a gate between two towers that is a panda's face from afar." caption="Ours: a castle, and a panda from across the room."
own = draw_hybrid("a panda", "a castle", seed=2)
show_images([own], width=4)

# %% [markdown]
# ## Go on from here
#
# *Triple hybrids.* Find three prompts of which you see all three, or show that you cannot: other widths of the two blurs,
# a third prompt that is nothing but fine lines, a larger model.
#
# *Colour hybrids.* Find a prompt that can be told by its colours alone.
#
# *Your own split.* The left half and the right half; the mean of the picture and its mirror image, and what is left.
# Check first that the parts add up to the picture.
#
# ## What you found
#
# > **Rubric** (5 points). 1 point: names a pair that worked and one that did not, with the pictures. 2 points: explains both
# > by what lives in low and in high frequencies. 1 point: predicts what a larger sigma would change, and tries it.
# > 1 point: gives a split of their own whose parts add up, or says why one does not.

# %% [markdown] reflection="which_frequencies" points=5
# **Which pair worked, which did not, and what does that say about low and high frequencies? What happens with twice the sigma?**
#
# ### BEGIN SOLUTION
# Panda and mosque worked: a panda is dark eyes and ears on white, which survive any blur, and towers and a gate are
# edges. Lion and sunflower did not quite: the lion is there from afar, but a sunflower is a plain disc in a bright ring,
# which is a low frequency that it does not have, and its petals alone pass for a mane. With twice the sigma the second
# prompt gets more of the frequencies, as the castle does in the triple hybrid: it becomes plain to see, and the subject
# for afar needs a larger distance. A split of my own: left half and right half add up to the picture, and each half
# follows its prompt up to the seam.
# ### END SOLUTION

# %% [markdown]
# ## Further reading
#
# - {cite:t}`oliva2006hybrid`: hybrids of photographs, and what the eye does at each distance.
# - {cite:t}`geng2024factorized`: hybrids by diffusion, in colour, by motion, and with three prompts.
