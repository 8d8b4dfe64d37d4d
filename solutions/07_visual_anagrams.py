# ---
# title: Visual anagrams
# summary: One picture, two things to see. A volcano that is a cup of coffee when you turn it, and why only some turns work.
# times: {t4: 3 minutes, cpu: 2 minutes}
# weights: pocket, pocket_clip
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7. Visual anagrams
#
# A word anagram reads one way and, with its letters moved, another. A visual anagram does so with pixels: look at it, turn
# it, look again. {cite:t}`geng2024visual` found that a diffusion model draws them without any training, by a change of
# three lines in the loop that you know.
#
# > **Goals.** After this chapter you can
# >
# > - draw one picture that shows two things, one each way up;
# > - prove by number which ways of turning a picture a diffusion model can bear;
# > - tell from three numbers and from the picture why the others fail.
#
# **Notation used:** $x_t$, $\epsilon_\theta$, $\hat x_0$, $t'$ and $v_\sigma$ as in chapter 3; $\gamma$, the guidance scale,
# as in chapter 4. New: $\mathcal{V}_i$, a *view*, which is a way of turning a picture, and its inverse $\mathcal{V}_i^{-1}$,
# which turns it back.

# %% setup=true
from helpers import checks
from helpers.denoisers import embed_prompts, load_stage_1
from helpers.plotting import show_images
from helpers.runtime import generator
from helpers.sampling import denoising_step, in_range, predict_x_0, variance_adder, views as known_views
stage_1 = load_stage_1("auto")

# %%
import torch
from torchvision.transforms.functional import gaussian_blur

alphas_cumprod = stage_1.scheduler.alphas_cumprod
size = stage_1.unet.config.sample_size
strided_timesteps = list(range(990, -1, -30))
stage_1.scheduler.set_timesteps(timesteps=strided_timesteps)
add_variance = variance_adder(stage_1)
prompts = ["a volcano", "a cup of coffee", "an oil painting of an old man", "a campfire", "a skull", "an apple"]
prompts += ["a cartoon of a cat", "a cartoon of an old man", "a turtle", "a mushroom", "a fish", "a rocket"]
prompts += ["a penguin", "a ghost", "a fire", "a rose", "a lion", "a sunflower"]
prompt_embeds_dict = embed_prompts(stage_1, ["", *prompts])

# %% [markdown]
# From earlier chapters you have `predict_x_0(x_t, t, eps_pred, alphas_cumprod)`, your equation for $\hat x_0$, and
# `denoising_step(x_t, x_0_pred, t, t_prev, alphas_cumprod)`, the mean of one reverse step. `in_range(x_0_pred)` keeps an
# estimate in $[-1, 1]$, as in chapter 4. `add_variance` is as before.
#
# ## Two opinions about one picture
#
# In each step the network says which noise is in the picture. Nobody forces us to ask only once. So ask about the picture
# as it stands, with a first prompt; then turn the picture upside down and ask again, with a second prompt. Each time ask
# as in chapter 4, with the prompt and without it:
#
# $$
# \epsilon_1 = \epsilon_\theta^\gamma(x_t, t, c_1), \qquad
# \epsilon_2 = \mathrm{flip}\bigl(\epsilon_\theta^\gamma(\mathrm{flip}(x_t), t, c_2)\bigr), \qquad
# \epsilon = \frac{1}{2}\,(\epsilon_1 + \epsilon_2)
# $$
#
# Here $\epsilon_\theta^\gamma(x, t, c) = \epsilon_\theta(x, t, \varnothing) + \gamma\,\bigl(\epsilon_\theta(x, t, c) -
# \epsilon_\theta(x, t, \varnothing)\bigr)$ is the guided noise. The second answer speaks about the flipped picture, so it is
# flipped back before the two are averaged. The rest of the step is chapter 3's. The flip swaps top and bottom and leaves
# left and right: `image.flip(-2)`.
#
# > **Careful.** Without the prompt the network also has an opinion, and it has another one about the flipped picture. Each
# > view needs both of its calls, four in all. They fit into one batch.
#
# The variance channels are treated alike: take those of the two conditional calls, turn the second back, take the mean.
# Like all of chapter 4, guidance leaves them alone.
#
# > **Exercise 7.1.** Write `make_flip_illusion`, which shows the first prompt upright and the second upside down. With
# > `display=True` it shows every eighth picture at its end, in one call of `show_images` (fifteen lines).

# %% exercise="make_flip_illusion"
@torch.no_grad()
def make_flip_illusion(
    im_noisy, i_start, prompt_embeds_1, prompt_embeds_2, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    """Return the picture at the last time step, shaped like im_noisy (1, 3, H, W)."""
    ### BEGIN SOLUTION
    image, shown = im_noisy, []
    embeds = torch.cat([uncond_prompt_embeds, prompt_embeds_1, uncond_prompt_embeds, prompt_embeds_2])
    for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
        both = torch.cat([image, image, image.flip(-2), image.flip(-2)])
        answers = stage_1.unet(both, t, encoder_hidden_states=embeds, return_dict=False)[0]
        upright_again = torch.cat([answers[:2], answers[2:].flip(-2)])
        eps_uncond, eps_cond = upright_again[0::2, :3], upright_again[1::2, :3]
        eps = (eps_uncond + scale * (eps_cond - eps_uncond)).mean(0, keepdim=True)
        x_0_pred = in_range(predict_x_0(image, t, eps, alphas_cumprod))
        mean = denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod)
        image = add_variance(upright_again[1::2, 3:].mean(0, keepdim=True), t, mean)
        shown.append(image)
    if display:
        show_images(shown[::8])
    return image
    ### END SOLUTION

# %% check="make_flip_illusion" points=8
checks.check_make_flip_illusion(make_flip_illusion, stage_1)
### BEGIN HIDDEN TESTS
checks.check_make_flip_illusion(make_flip_illusion, stage_1, seed=1)
checks.check_make_flip_illusion(make_flip_illusion, stage_1, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## The first anagram
#
# `pure_noise(seed)` is where every picture of this chapter starts. It also sets the seed of the noise that the steps add.

# %%
def pure_noise(seed):
    """Return N(0, I) noise of the model's own size; the noise of the steps goes on from the same seed."""
    torch.manual_seed(seed)
    return torch.randn((1, 3, size, size))

uncond_prompt_embeds = prompt_embeds_dict[""]

# %% figure="on_the_way" alt="Five small pictures from pure noise to a drawing of a volcano." caption="Every eighth picture of the loop: a volcano, with something in mind."
volcano, coffee = (prompt_embeds_dict[prompt] for prompt in ("a volcano", "a cup of coffee"))
anagram = make_flip_illusion(pure_noise(3), 0, volcano, coffee, uncond_prompt_embeds, strided_timesteps)

# %% figure="first_anagram" alt="One picture twice. Upright it is a dark volcano in a bright haze; upside down it is a cup of coffee." caption="The same pixels, upright and upside down."
show_images([anagram, anagram.flip(-2)], titles=["a volcano", "turned: a cup of coffee"], width=2.4)

# %% [markdown]
# > **Look again.** Which part of the volcano is the coffee, and what is the haze around it when you turn it? Cover the
# > lower half of each picture with your hand: which half tells you what it is?
#
# Not every pair works. Here are four more.
#
# > **Predict.** *A skull* and *an apple*; *an old man* and *a campfire*; *a cat* and *an old man*; *a turtle* and *a
# > mushroom*: which pairs have a chance, and why?

# %% figure="pairs" alt="Four pictures, each upright and turned side by side. A red skull that is an apple with its leaf. A yellow face, narrow at the chin, that is a flame. A cat's yellow face that is an old man's with white hair. A turtle that stays a turtle on its back." caption="Four pairs of prompts, every picture upright and upside down."
def draw_flipped(first, second, seed):
    """Return a picture of the first prompt that shows the second upside down."""
    ends = prompt_embeds_dict[first], prompt_embeds_dict[second], uncond_prompt_embeds
    return make_flip_illusion(pure_noise(seed), 0, *ends, strided_timesteps, display=False)

pairs = {
    ("a skull", "an apple"): 0,
    ("an oil painting of an old man", "a campfire"): 1,
    ("a cartoon of a cat", "a cartoon of an old man"): 1,
    ("a turtle", "a mushroom"): 1,
}
pictures = [draw_flipped(*pair, seed) for pair, seed in pairs.items()]
names = {prompt: prompt.split("painting of ")[-1].split("cartoon of ")[-1] for pair in pairs for prompt in pair}
titles = [title for first, second in pairs for title in (names[first], "turned: " + names[second])]
show_images([way for picture in pictures for way in (picture, picture.flip(-2))], titles=titles, columns=4, width=2)

# %% [markdown]
# What makes a pair work, as far as we can see:
#
# - *Outlines that are each other's turned outline.* The slopes of the volcano are the sides of the cup. A turtle is flat
#   and wide, and no mushroom stands on such a cap.
# - *Details that serve both.* Eyes in the middle of a face stay eyes when it is turned. What is a mouth one way may be a
#   wrinkle the other way.
# - *Colours on which both agree.* Old man and campfire are both drawn in yellow here. The skull had to take the red of
#   the apple.
# - *One style for both*, for the same reason.
#
# ## Does somebody else see it?
#
# You know what you asked for, so you see it. CLIP {cite:p}`radford2021learning` does not: it was trained on pictures with their
# names, and ranks a hundred names by how well each fits a picture, 1 for the best. Ask it for both views, and not for the
# chosen picture alone: for the first three noises of each pair.

# %%
from helpers.clip import load_clip, ranks_of

clip = load_clip("auto")
names |= {"a volcano": "a volcano", "a cup of coffee": "a cup of coffee", "a campfire": "a fire"}  # as CLIP's list has it
for first, second in [("a volcano", "a cup of coffee"), *pairs]:
    for seed in range(3):
        picture = draw_flipped(first, second, seed)
        places = ranks_of(clip, torch.cat([picture, picture.flip(-2)]), [names[first], names[second]])
        print(f"{names[first]} {places[0]}, turned: {names[second]} {places[1]}")

# %% [markdown]
# Volcano and cup, old man and fire are recognised with all three noises, cat and old man with one of them, turtle and
# mushroom with none: the turtle on its back is a turtle. The apple is found, the skull never, though you see its sockets
# above. All in all both names are among the first five in 7 pictures of 15.
#
# > **Look again.** Do you see what CLIP does not see? Compare your own first five guesses for a picture that you have not
# > asked for: let a neighbour draw one.
#
# ## What a flip does to noise
#
# Why does the network not mind a picture that stands on its head? It was trained on $x_t = \sqrt{\bar\alpha_t}\, x_0 +
# \sqrt{1 - \bar\alpha_t}\, \epsilon$ with $\epsilon \sim \mathcal{N}(0, \mathbf I)$: each pixel of the noise has mean 0 and
# variance 1, and no pixel knows anything of its neighbour. A view that is to be shown to it must keep that true. What it
# does to $x_0$ is our own affair; the noise must stay noise.
#
# That can be measured. Send much noise through a view and look at three numbers: the mean, the variance, and the
# covariance of neighbours. For the last one take the mean of all pixels off each pixel, multiply each pixel by its
# neighbour, and take the mean of the products. It is 0 where neighbours know nothing of each other.
#
# > **Exercise 7.2.** Write `noise_statistics(view, eps)` for noise `eps` (B, C, H, W). It returns the mean, the variance
# > and the covariance of `view(eps)`, where neighbours are pixels next to each other in a row (five lines).

# %% exercise="noise_statistics"
def noise_statistics(view, eps):
    """Return mean, variance and covariance of neighbours in a row of view(eps)."""
    ### BEGIN SOLUTION
    turned = view(eps)
    mean = turned.mean()
    covariance = ((turned[..., :-1] - mean) * (turned[..., 1:] - mean)).mean()
    return mean, turned.var(), covariance
    ### END SOLUTION

# %% check="noise_statistics" points=3
checks.check_noise_statistics(noise_statistics)
### BEGIN HIDDEN TESTS
checks.check_noise_statistics(noise_statistics, seed=1)
checks.check_noise_statistics(noise_statistics, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# Here are eight views. The first five come from `helpers.sampling.views`, each as a pair `(view, inverse_view)`; the last
# three are meant to go wrong. A blur has no inverse, so the picture itself stands in for it.

# %%
good_views = {
    "flip": known_views.flipped(),
    "rotation by 90 degrees": known_views.rotated(),
    "negative, -x": known_views.negated(),
    "patches in another order": known_views.permuted_patches(4, seed=3),
    "inner circle by 90 degrees": known_views.inner_circle(0.75),
}
bad_views = {
    "blur": (lambda x: gaussian_blur(x, 5, 1.0), lambda x: x),
    "half the contrast, x / 2": (lambda x: x / 2, lambda x: 2 * x),
    "negative of [0, 1], 1 - x": (lambda x: 1 - x, lambda x: 1 - x),
}

# %% [markdown]
# > **Predict.** Which of the three numbers will each of the last three views get wrong?

# %%
eps = torch.randn((1000, 3, 16, 16), generator=generator(0))
print(f"{'view':<28}{'mean':>8}{'variance':>10}{'covariance':>12}")
for name, (view, _) in {**good_views, **bad_views}.items():
    mean, variance, covariance = noise_statistics(view, eps)
    print(f"{name:<28}{mean:8.3f}{variance:10.3f}{covariance:12.3f}")

# %% [markdown]
# Each bad view fails in its own way: one makes neighbours alike and noise weak, one only makes it weak, one shifts it.
#
# ## Orthogonal, and nothing else
#
# Three numbers are a test, not a proof: other pixels might be tied together. The proof is short. Take a view that is
# linear, $\mathcal{V}(x) = A x$ with the picture written as one long column. Then $A \epsilon$ is Gaussian again, with mean 0
# and covariance
#
# $$
# \mathrm{E}\bigl[A \epsilon\, (A \epsilon)^\top\bigr] = A\, \mathrm{E}[\epsilon\, \epsilon^\top]\, A^\top = A A^\top .
# $$
#
# It is $\mathcal{N}(0, \mathbf I)$ exactly where $A A^\top = \mathbf I$, which for a square matrix is the same as
# $A^\top A = \mathbf I$: where $A$ is *orthogonal*. Linear it must be, so that picture and noise keep their shares,
# $A x_t = \sqrt{\bar\alpha_t}\, A x_0 + \sqrt{1 - \bar\alpha_t}\, A \epsilon$ ({cite:t}`geng2024visual`, conditions on views).
#
# The columns of $A$ are what the view makes of the *basis pictures*, which have a 1 in one pixel and 0 elsewhere. The
# entries of $A^\top A$ are the scalar products of any two columns.
#
# > **Exercise 7.3.** Write `orthogonality_error(view, shape)` for pictures of a shape (C, H, W): the largest absolute
# > entry of $A^\top A - \mathbf I$, a single number. Keep `shape` small: there are C H W basis pictures, and
# > `torch.eye` makes them all at once (four lines).

# %% exercise="orthogonality_error"
def orthogonality_error(view, shape):
    """Return the largest entry of |A^T A - I| for the matrix A of a view on pictures of a shape (C, H, W)."""
    ### BEGIN SOLUTION
    count = shape[0] * shape[1] * shape[2]
    basis = torch.eye(count).reshape(count, *shape)
    columns = view(basis).flatten(1)
    return (columns @ columns.T - torch.eye(count)).abs().max()
    ### END SOLUTION

# %% check="orthogonality_error" points=3
checks.check_orthogonality_error(orthogonality_error)
### BEGIN HIDDEN TESTS
checks.check_orthogonality_error(orthogonality_error, seed=1)
checks.check_orthogonality_error(orthogonality_error, seed=2)
### END HIDDEN TESTS

# %%
for name, (view, inverse_view) in {**good_views, **bad_views}.items():
    error = orthogonality_error(view, (3, 8, 8))
    undone = (inverse_view(view(eps)) - eps).abs().max()
    print(f"{name:<28} orthogonality error {error:7.3f}, inverse off by {undone:.3f}")

# %% [markdown]
# > **Look again.** Two of the bad views have a perfect inverse. An inverse is not enough: the network looks at the picture
# > *before* it is turned back.
#
# A view that only moves pixels about is orthogonal, whatever order it puts them in, and so is one that changes signs as
# well. There are far more orthogonal views than these; the eye sees little in most of them.
#
# ## Any view
#
# With views $\mathcal{V}_1 \ldots \mathcal{V}_n$ and a prompt $c_i$ for each, the step uses ({cite:t}`geng2024visual`,
# parallel denoising)
#
# $$
# \epsilon = \frac{1}{n} \sum_{i=1}^n \mathcal{V}_i^{-1}\bigl(\epsilon_\theta^\gamma(\mathcal{V}_i(x_t), t, c_i)\bigr) .
# $$
#
# The variance channels again: turn each view's back and take their mean. Only, they tell the *size* of a step's noise, and
# a size has a place in the picture but no sign. Where a view changes signs, as the negative does, its inverse would change
# the sign of the size, too. `inverse_view(torch.ones_like(x))` is -1 exactly there and 1 elsewhere; multiply by it.
#
# > **Exercise 7.4.** Write `make_illusion`. `prompt_embeds` is a list with the embeddings for each view, `views` a list of
# > pairs `(view, inverse_view)`, of the same length. Showing pictures is up to you (fifteen lines).

# %% exercise="make_illusion"
@torch.no_grad()
def make_illusion(
    im_noisy, i_start, prompt_embeds, views, uncond_prompt_embeds, timesteps, scale=7, display=True
):
    """Return the picture at the last time step, shaped like im_noisy (1, 3, H, W)."""
    ### BEGIN SOLUTION
    image = im_noisy
    for t, t_prev in zip(timesteps[i_start:-1], timesteps[i_start + 1 :]):
        eps, size_of_noise = torch.zeros_like(image), torch.zeros_like(image)
        for embeds, (view, inverse_view) in zip(prompt_embeds, views):
            two = torch.cat([uncond_prompt_embeds, embeds])
            uncond, cond = stage_1.unet(view(image).repeat(2, 1, 1, 1), t, encoder_hidden_states=two, return_dict=False)[0].chunk(2)
            guided = uncond[:, :3] + scale * (cond[:, :3] - uncond[:, :3])
            eps = eps + inverse_view(guided) / len(views)
            sign = inverse_view(torch.ones_like(image))
            size_of_noise = size_of_noise + sign * inverse_view(cond[:, 3:]) / len(views)
        x_0_pred = in_range(predict_x_0(image, t, eps, alphas_cumprod))
        image = add_variance(size_of_noise, t, denoising_step(image, x_0_pred, t, t_prev, alphas_cumprod))
    if display:
        show_images([view(image) for view, _ in views])
    return image
    ### END SOLUTION

# %% check="make_illusion" points=8
checks.check_make_illusion(make_illusion, stage_1)
### BEGIN HIDDEN TESTS
checks.check_make_illusion(make_illusion, stage_1, seed=1)
checks.check_make_illusion(make_illusion, stage_1, seed=2)
### END HIDDEN TESTS

# %% figure="views" alt="Four pictures, each as it stands and seen through its view. A blue fish that is a rocket when rotated; a penguin whose negative is a pale ghost with a blue beak; orange patches, a flame, that make up a rose in another order; a lion's mane that is a sunflower when its middle is turned." caption="Four other views. Above: the picture as it stands. Below: the same picture through its view."
def draw_with_view(pair, prompts, seed):
    """Return a picture of the first prompt that shows the second through a view."""
    embeds = [prompt_embeds_dict[prompt] for prompt in prompts]
    both_views = [known_views.upright(), pair]
    return make_illusion(pure_noise(seed), 0, embeds, both_views, uncond_prompt_embeds, strided_timesteps, display=False)

choices = {
    "rotation by 90 degrees": (("a fish", "a rocket"), 0),
    "negative, -x": (("a penguin", "a ghost"), 0),
    "patches in another order": (("a fire", "a rose"), 1),
    "inner circle by 90 degrees": (("a lion", "a sunflower"), 1),
}
drawn = {name: draw_with_view(good_views[name], *choice) for name, choice in choices.items()}
turned = [good_views[name][0](picture) for name, picture in drawn.items()]
titles = [prompts[k] for k in (0, 1) for prompts, _ in choices.values()]
show_images([*drawn.values(), *turned], titles=titles, columns=4, width=2)

# %% [markdown]
# Flips, rotations and negatives keep what a picture is made of: edges stay edges, plains stay plains. Patches cut
# everything at their seams. With pictures of a few dozen pixels there is little room to hide a seam; larger models hide it
# in texture. In the negative look for what is left of the penguin, and in the lion for the petals: one prompt often has
# more of the picture than the other.
#
# ## Views that fail
#
# The penguin and the ghost and the same noise, through the three bad views. The negative is shown with them as the one that
# works.

# %% figure="failures" alt="Four pictures above, the same through their view below. Negative: a penguin on black, and a pale ghost. Blur: a ghost under coloured noise above, a blurred ghost below. Half the contrast: a ghost burnt to black and white above, a flat grey one below. One minus x: black above, white below." caption="The negative works. The blur leaves noise that it cannot see, half the contrast burns out, and 1 - x runs away. The penguin is lost in all three. Above: as it stands. Below: through the view."
tried = {"negative, -x": good_views["negative, -x"], **bad_views}
failures = {name: draw_with_view(pair, ("a penguin", "a ghost"), seed=0) for name, pair in tried.items()}
seen = [tried[name][0](picture) for name, picture in failures.items()]
show_images([*failures.values(), *seen], titles=[*failures, *["through it"] * len(seen)], columns=4, width=2)

# %%
for name, picture in failures.items():
    beyond = (picture.abs() > 1).float().mean()
    rough = (picture[..., 1:] - picture[..., :-1]).abs().mean()
    print(f"{name:<28} beyond [-1, 1]: {beyond:6.1%}   mean step between neighbours: {rough:.2f}")

# %% [markdown]
# How each one fails:
#
# - *Blur.* Look at the picture through the blur: there is the ghost. Fine noise does not come through, so the second
#   opinion never says that it should go; coarse noise comes through weaker than it should be, and is taken for picture.
# - *Half the contrast.* The network is told a time $t$ and sees half the noise that belongs to it. It makes a fine ghost of
#   what it sees, at half the contrast: as it stands the picture would have to be twice as strong as a picture can be.
# - *1 - x.* The view adds 1 to every pixel, however much noise there is. Noise does not do that, so the network takes it
#   for a white picture and asks for more white; as it stands that is black, step after step, until nothing else is left.
#
# ## A picture of your own
#
# > **Predict.** Choose two prompts whose outlines fit when turned, in one style. Write down what will become what.
#
# Try a few noises and keep the best picture. Show it in the next cell, together with its turned self, as *one* picture:
# `torch.cat([picture, picture.flip(-2)], dim=-1)` puts them side by side.

# %% gallery="anagram" title="An anagram: upright and turned" alt="A yellow face twice, side by side: upright and upside down." caption="Ours: a cat, upside down an old man."
own = draw_flipped("a cartoon of a cat", "a cartoon of an old man", seed=3)
show_images([torch.cat([own, own.flip(-2)], dim=-1)], width=4)

# %% [markdown]
# ## What you found
#
# > **Rubric** (5 points). 1 point: names a pair that worked and one that did not, with the pictures. 2 points: explains the
# > difference by outlines, details or style, and not by luck alone. 1 point: proposes a view that is not in this chapter,
# > and gives its orthogonality error. 1 point: says for that view what the eye would have to do to see the second picture.

# %% [markdown] reflection="which_pairs_and_views" points=5
# **Which of your pairs worked, which did not, and why? Which other view could be used, and what is its orthogonality error?**
#
# ### BEGIN SOLUTION
# The volcano and the cup of coffee worked with all three noises: the slopes of the mountain are the sides of the cup, and
# its glowing top is the foot. The turtle and the mushroom did not: the turtle is low and wide, its legs are no stem, and
# turned it is still a turtle. Another view: a roll by half the width, `x.roll(size // 2, -1)`, so that the picture is
# seen around a cylinder. It only moves pixels, so its orthogonality error is 0. The eye has to join the left half to the
# right edge, for example by printing the picture twice, side by side, and looking at the middle.
# ### END SOLUTION

# %% [markdown]
# ## Further reading
#
# - {cite:t}`geng2024visual`: the method, and views up to jigsaw puzzles and random permutations of pixels.
# - {cite:t}`geng2024factorized`: the same authors' other idea, which is the next chapter.
