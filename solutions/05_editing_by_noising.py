# ---
# title: Editing by noising
# summary: Noise takes the details of a picture away, denoising puts new ones in their place. How much noise makes the edit.
# times: {t4: 3 minutes, cpu: 1 minute}
# weights: pocket
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 5. Editing by noising
#
# A denoiser can draw from pure noise. It can also begin in the middle: take a picture, add *some* noise, and denoise that.
# What the noise has covered is drawn anew, the way the model draws; what still shows through stays. This is SDEdit
# {cite:p}`meng2022sdedit`. It needs no training and no mask, only one decision: how much noise.
#
# > **Goals.** After this chapter you can
# >
# > - turn a photograph, a web picture or a scribble into a picture of the model's own kind;
# > - choose how far an edit goes by `i_start`, and steer it by a prompt;
# > - measure how far an edit went, and translate `i_start` into the `strength` of other software.
#
# **Notation used:** $x_0$, the picture to edit (`im`); $x_t$, the same with the noise of time $t$; $\bar\alpha_t$ as in
# chapter 2; $\gamma$, the guidance scale; `i_start`, an index into `strided_timesteps`: larger means later, less noisy,
# closer to the original.

# %% setup=true
from helpers import checks
from helpers.data import load_photo, photo_caption, photo_names, picture_from_web
from helpers.denoisers import embed_prompts, load_stage_1
from helpers.drawing import drawing_panel
from helpers.plotting import plot_curves, show_images
from helpers.sampling import forward, iterative_denoise_cfg

# %%
import torch

stage_1 = load_stage_1("auto")
alphas_cumprod = stage_1.scheduler.alphas_cumprod
size = stage_1.unet.config.sample_size
strided_timesteps = list(range(990, -1, -30))
prompts = ["a rocket ship", "a man wearing a hat", "a photo of a dog"]
prompt_embeds_dict = embed_prompts(stage_1, ["", "a high quality photo", *prompts])

# %% [markdown]
# The time steps are those of chapters 3 and 4: 990, 960, ..., 30, 0. `forward(im, t, alphas_cumprod)` adds the noise of
# time $t$. `iterative_denoise_cfg` is the guided loop of chapter 4, finished:
#
# ```
# iterative_denoise_cfg(im_noisy, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, stage_1, scale=7)
# ```
#
# It is a generator: it hands out the picture after each step, one by one, and does nothing until somebody asks for them,
# with a `for` loop for example. The last picture is the result.
#
# ## Noise, then denoise
#
# The loop believes what it is told. If it begins at `i_start`, it takes its picture for one with exactly the noise of time
# `timesteps[i_start]`. So the picture has to be brought there first:
#
# $$
# x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon, \qquad t = \texttt{timesteps[i\_start]}
# $$
#
# > **Careful.** `i_start` is a place in a list, $t$ is a time. With `i_start = 10` the time is 690, not 10.
#
# > **Exercise 5.1.** Write `sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7)`. It adds to `im`
# > the noise that belongs to `i_start`, runs the guided loop from there, and returns its last picture (four lines).

# %% exercise="sdedit"
def sdedit(im, i_start, prompt_embeds, uncond_prompt_embeds, timesteps, scale=7):
    """Return an edit of im, shaped like im: noised to timesteps[i_start], then denoised with guidance."""
    ### BEGIN SOLUTION
    im_noisy = forward(im, timesteps[i_start], alphas_cumprod)
    embeds = prompt_embeds, uncond_prompt_embeds
    *_, edit = iterative_denoise_cfg(im_noisy, i_start, *embeds, timesteps, stage_1, scale)
    return edit
    ### END SOLUTION

# %% check="sdedit" points=6
checks.check_sdedit(sdedit, stage_1)
### BEGIN HIDDEN TESTS
checks.check_sdedit(sdedit, stage_1, seed=1)
checks.check_sdedit(sdedit, stage_1, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## A photograph
#
# We edit with the prompt *a high quality photo*, which asks for nothing in particular, at six noise levels. The noise
# pattern is the same each time; only its amount changes.
#
# > **Predict.** At which `i_start` will you first recognise the original? What will the model put in its place before that?
# > Remember what it was trained on.

# %%
i_starts = [1, 3, 5, 7, 10, 20]

def edits_of(im, prompt, i_starts, seed=3):
    """Return one edit of im for each i_start, all from the same noise pattern."""
    edits = []
    for i_start in i_starts:
        torch.manual_seed(seed)
        edits.append(sdedit(im, i_start, prompt_embeds_dict[prompt], prompt_embeds_dict[""], strided_timesteps))
    return edits

def show_rows(rows):
    """Show rows of edits, each with its original at the right."""
    titles = [*(f"i_start {i}" for i in i_starts), "original"]
    titles = titles + [""] * (len(titles) * (len(rows) - 1))
    show_images([picture for row in rows for picture in row], titles=titles, columns=len(i_starts) + 1, width=1.4)

# %% figure="photograph" alt="Seven small pictures in a row. At i_start 1 and 3 a picture that has little to do with the original; towards i_start 20 the shapes and colours of the photograph come back; the original at the right." caption="A photograph, edited from six noise levels. From left to right less noise is added, and more of the original is left."
names = [name for name in ("big_ben", "grand_canyon", "coffee", "rocket") if name in photo_names()]
photo = load_photo(names[0], size)
photo_edits = edits_of(photo, "a high quality photo", i_starts)
show_rows([[*photo_edits, photo]])
print(photo_caption(names[0]))

# %% [markdown]
# > **Look again.** Cover the original with your hand and go through the edits from left to right. Which of its features
# > appears first: an outline, a colour, a texture? Chapter 2 has the reason: noise covers small things first.
#
# ## A picture from the web
#
# Put an address between the quotation marks: that of the picture itself, not of the page around it. Or upload a file next
# to this notebook (in Colab with the folder symbol at the left) and write its name. Simple pictures with one clear thing in
# the middle work best. Without an address, or without a network, a photograph of the set stands in, and the cell says so.

# %%
address = ""
web = picture_from_web(address, size, stand_in=names[1])

# %% [markdown]
# ## A picture of your own hand
#
# Draw something: a face, a mountain, a house, the rougher the better. Choose a colour, set the width of the brush, and
# draw with the mouse, a pen or a finger. **Fill** paints the whole sheet. The small picture below the sheet is what the
# model will get. When you are done, run the cells below again.
#
# Nothing is sent anywhere: the strokes go from this page into your notebook's memory, and that is all.

# %% widget=true alt="A drawing of few strokes: a yellow face with dots for eyes, a smile, and a brown hat." caption="What the model gets: here a face drawn in code, which stands in until you have drawn something."
panel = drawing_panel(size)

# %% figure="own_pictures" alt="Two rows of seven pictures. Above a photograph, below the drawing of a face with a hat. From i_start 5 on the drawing becomes a face of the model's own kind, and at 20 its hat is a hat again." caption="Above: the picture from the web, or what stands in for it. Below: the drawing. In the middle of the row the model has understood it and draws it its own way."
drawing = panel.picture()
web_edits = edits_of(web, "a high quality photo", i_starts)
drawing_edits = edits_of(drawing, "a high quality photo", i_starts)
show_rows([[*web_edits, web], [*drawing_edits, drawing]])

# %% [markdown]
# > **Look again.** A scribble is far from every picture that the model knows, and yet the edits of a scribble are often the
# > best ones. Why does noise help a bad drawing more than a good photograph?
#
# ## Edits with a prompt
#
# So far the prompt asked for nothing. Now it takes part: what the noise has covered is drawn anew as the prompt wants it,
# and what shows through keeps its place and its colours.
#
# > **Predict.** The same drawing, three prompts. For which `i_start` will the prompt win, for which the drawing, and where
# > will you see both at once?

# %% figure="prompted" alt="Three rows of seven pictures, one for each prompt: a rocket ship, a man wearing a hat, a dog. At the left each row shows its prompt; at i_start 20 the rocket has become a round head, the laughing face has a narrower hat and a smaller mouth, and the dog has hardly changed." caption="One drawing, three prompts. Rows: a rocket ship, a man wearing a hat, a photo of a dog. What the noise has covered comes from the prompt, what it has left from the drawing; where the two meet depends on `i_start`, and on the prompt."
prompted = {prompt: edits_of(drawing, prompt, i_starts) for prompt in prompts}
show_rows([[*edits, drawing] for edits in prompted.values()])

# %% [markdown]
# ## How far away?
#
# The eye says where an edit turns from a copy into something new. A number says it too: the root mean square of the
# difference, over all pixels and channels. It is 0 for a copy and 2 between black and white.
#
# $$
# d(x, y) = \sqrt{\operatorname{mean}\,(x - y)^2}
# $$
#
# > **Exercise 5.2.** Write `distances(original, edits)` for a picture (1, 3, H, W) and a list of edits of the same shape.
# > It returns one distance for each edit, in their order (one line).

# %% exercise="distances"
def distances(original, edits):
    """Return the root mean square difference of each edit to the original, a list of numbers."""
    ### BEGIN SOLUTION
    return [(edit - original).square().mean().sqrt().item() for edit in edits]
    ### END SOLUTION

# %% check="distances" points=2
checks.check_distances(distances)
### BEGIN HIDDEN TESTS
checks.check_distances(distances, seed=1)
checks.check_distances(distances, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Predict.** Sketch the curve of the distance over `i_start` from 0 to 20. Where is it steep, where flat? What is its
# > value at `i_start = 0`, where the picture is all noise? Will a prompt raise it or lower it?

# %% figure="distance" alt="Curves of the distance to the original over i_start. All are lower at i_start 20 than at 1. Those without a prompt fall fastest and end lowest; with a prompt the curve stays high for longer." caption="Distance to the original over `i_start`. To the left little of the original is left. A prompt holds the edit away from the original for longer."
curves = {"photograph": (photo, photo_edits), "drawing": (drawing, drawing_edits)}
curves |= {f"drawing, {prompt}": (drawing, edits) for prompt, edits in prompted.items()}
plot_curves({name: (i_starts, distances(*pair)) for name, pair in curves.items()}, "i_start", "distance to the original")

# %% [markdown]
# > **Look again.** The distance does not fall to 0 at the right. What would it be if the loop did nothing but take the noise
# > away perfectly? Compare with chapter 3: what does the model lose of a photograph even at little noise?
#
# A small distance alone is not the aim: the copy has distance 0. {cite:t}`meng2022sdedit` put it as a balance. Little noise
# gives an edit that is *faithful* to the original; much noise gives one that is *realistic*, a picture as the model has
# learned them. Where to stand between them is yours to decide.
#
# ## Strength runs the other way
#
# Other software has the same knob under another name. In diffusers it is `strength`, from 0 to 1: the share of the steps
# that are taken. Strength 1 takes all $N$ steps and forgets the picture; strength 0 takes none and returns it. So `strength`
# grows with the noise, while `i_start` falls.
#
# A list of $N + 1$ time steps has $N$ steps between them. Of these, `strength` times $N$ are taken, *rounded down* to a
# whole number, and they are the last ones: the loop always ends at the clean picture.
#
# > **Exercise 5.3.** Write `i_start_of(strength, timesteps)`, the index at which the loop begins (two lines).

# %% exercise="i_start_of"
def i_start_of(strength, timesteps):
    """Return the index into timesteps that takes the share `strength` of all steps, a whole number."""
    ### BEGIN SOLUTION
    N = len(timesteps) - 1
    return N - int(N * strength)
    ### END SOLUTION

# %% check="i_start_of" points=3
checks.check_i_start_of(i_start_of)
### BEGIN HIDDEN TESTS
checks.check_i_start_of(i_start_of, seed=1)
checks.check_i_start_of(i_start_of, seed=2)
### END HIDDEN TESTS

# %%
for strength in (1.0, 0.9, 0.7, 0.5, 0.3, 0.0):
    i_start = i_start_of(strength, strided_timesteps)
    print(f"strength {strength:.1f}   i_start {i_start:2}   from t = {strided_timesteps[i_start]:3}")

# %% [markdown]
# > **Note.** `strength` counts *steps*, not noise. Half of the steps is not half of the noise: at strength 0.5 the loop
# > begins near the middle of the time axis, and how noisy a picture is there depends on the schedule. When you read that
# > somebody edited "with strength 0.6", you know the noise only if you know their schedule, too.
#
# ## Choose
#
# This answer is read by a person.
#
# > **Rubric** (4 points). 1 point: names an `i_start` or a small range for each of the two tasks, taken from pictures or
# > curves of this chapter. 1 point: explains both by what the noise has covered at that level and what it has left.
# > 1 point: says what goes wrong on either side of the choice, too much noise and too little. 1 point: gives a reason why
# > the distance alone cannot make the choice.

# %% [markdown] reflection="choose_i_start" points=4
# **A friend wants (a) a clean picture from a child's scribble and (b) a photograph retouched so that nobody notices. Which
# `i_start` do you advise for each, and why? Why can the friend not simply pick the `i_start` with the best distance?**
#
# ### BEGIN SOLUTION
# (a) About 5 to 10: there the noise covers the uneven lines and the flat colours, but the layout and the large patches of
# colour still show through, so the model draws a proper face in the same place. At 1 or 3 the scribble is lost and any
# picture comes; at 20 the strokes are still there. (b) 20 or more: only texture is covered, and the model fills in texture.
# With less, the thing itself changes; with much more, nothing is retouched. The distance is smallest when nothing was done
# at all, so it measures faithfulness only. Whether the result looks like a proper picture has to be seen.
# ### END SOLUTION

# %% [markdown]
# ## Your picture for the gallery
#
# Make one edit of your own: your drawing, your web picture or a photograph, with a prompt, an `i_start` and a seed of your
# choice. Try a few before you decide. The last run of this cell goes into the class's gallery.

# %% gallery="my_edit" title="A picture edited by noise" alt="An edit of the drawing of a face with a hat." caption="An edit of the drawing: prompt, level and seed chosen by hand."
mine = edits_of(drawing, "a man wearing a hat", [7], seed=3)[0]
show_images([mine], width=2.6)

# %% [markdown]
# ## Further reading
#
# - {cite:t}`meng2022sdedit`: strokes to paintings, strokes on photographs, and what the balance of faithful and realistic
#   looks like over all noise levels.
# - {cite:t}`ho2020denoising`, figure 7: pictures noised half-way and denoised again, the seed of the idea.
# - {cite:t}`rombach2022high`: the latent model whose image-to-image mode made `strength` a household word.
