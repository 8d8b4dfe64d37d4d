# ---
# title: Playing with a model
# summary: One call turns a sentence into a picture. What do the prompt, the number of steps and the seed each do?
# times: {t4: 3 minutes, cpu: 2 minutes}
# weights: pocket
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. Playing with a model
#
# A diffusion model turns noise into a picture, one small step at a time. In this chapter you only call one.
# Later chapters take it apart, until you have written every line of it yourself.
#
# > **Goals.** After this chapter you can
# >
# > - make a picture from a prompt, and make the same picture again;
# > - say what the number of steps costs and what it buys;
# > - tell what comes from the prompt and what comes from the seed.
#
# **Notation used:** $T$, the number of training steps; $N$, the number of sampling steps; $\gamma$, the guidance scale.
# The page *Notation* has them all.

# %% setup=true
from helpers.checks import check_generate
from helpers.denoisers import embed_prompts, load_stage_1
from helpers.plotting import show_images
from helpers.runtime import generator
from helpers.widgets import prompt_panel
stage_1 = load_stage_1("auto")

# %% [markdown]
# `stage_1` is the first stage of a text-to-image pipeline. The line above says which one you got:
#
# - **deepfloyd**, the model that the field's courses use {cite:p}`deepfloyd2023if`, where there is a GPU and you have
#   accepted its licence. It draws 64 × 64 pixels.
# - **pocket**, our own small model, everywhere else. It draws small pictures of the things it was trained on: emoji,
#   woodblock prints, drawn faces. Nothing needs to be downloaded.
#
# Your code is the same for both.
#
# ## Prompts become numbers
#
# A text encoder, T5 {cite:p}`raffel2020exploring`, turns a prompt into a table of numbers, one row for each piece of a
# word. The network only ever sees that table. The empty prompt `""` has one too: it stands for *any picture*.

# %%
prompts = ["a rocket ship", "a man wearing a hat", "an oil painting of a snowy mountain village"]
prompt_embeds_dict = embed_prompts(stage_1, ["", *prompts])
for prompt, embeds in prompt_embeds_dict.items():
    print(f"{tuple(embeds.shape)}  {prompt!r}")

# %% [markdown]
# ## One call
#
# The whole sampler hides in one call of `stage_1`. It wants
#
# - `prompt_embeds` and `negative_prompt_embeds`: the table of the prompt, and that of the empty prompt, from which
#   guidance pushes away (chapter 4);
# - `num_inference_steps`: $N$, how many of the $T = 1000$ noise levels it stops at on its way;
# - `generator`: the source of all its noise. `generator(seed)` makes a new one, which gives the same numbers on every
#   machine;
# - `output_type="pt"`: a tensor (1, 3, H, W) in $[-1, 1]$, not a file.
#
# Its answer has the pictures in `.images`.
#
# > **Exercise 1.1.** Write `generate(prompt, num_inference_steps, seed)`: one picture as a tensor (1, 3, H, W). The same
# > arguments must give the same picture every time, whatever ran before. One call of `stage_1` (seven lines, written out).

# %% exercise="generate"
def generate(prompt, num_inference_steps, seed):
    """Return one picture (1, 3, H, W) in [-1, 1] for a prompt of `prompt_embeds_dict`."""
    ### BEGIN SOLUTION
    return stage_1(
        prompt_embeds=prompt_embeds_dict[prompt],
        negative_prompt_embeds=prompt_embeds_dict[""],
        num_inference_steps=num_inference_steps,
        generator=generator(seed),
        output_type="pt",
    ).images
    ### END SOLUTION

# %% check="generate" points=4
check_generate(generate, stage_1, prompts)
### BEGIN HIDDEN TESTS
check_generate(generate, stage_1, prompts, seed=1)
check_generate(generate, stage_1, prompts, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## Three prompts
#
# > **Predict.** Three prompts, the same seed: will the three pictures share anything?

# %% figure="three_prompts" alt="Three generated pictures in a row: a rocket, a man with a hat, a snowy village." caption="Three prompts, 20 steps, one seed. The noise that each started from is the same."
show_images([generate(prompt, 20, seed=4) for prompt in prompts], titles=prompts, width=2.3)

# %% [markdown]
# ## How many steps?
#
# Each step is one call of the network on two pictures: one with the prompt and one with the empty prompt, since guidance
# needs both {cite:p}`ho2022classifier`. Fifty steps cost two and a half times as much as twenty.
#
# > **Predict.** What will change from 20 to 50 to 100 steps: the things in the picture, their outlines, or nothing?

# %% figure="step_counts" alt="Nine generated pictures: three prompts in rows, 20, 50 and 100 steps in columns. The subject stays, details change." caption="Rows: prompts. Columns: 20, 50 and 100 steps from the same noise."
pictures = [generate(prompt, steps, seed=4) for prompt in prompts for steps in (20, 50, 100)]
show_images(pictures, titles=[f"{steps} steps" for _ in prompts for steps in (20, 50, 100)], columns=3)

# %% [markdown]
# ## What the seed decides
#
# The prompt is the same in all of these; only the seed differs.

# %% figure="seeds" alt="Six generated pictures of a rocket ship that differ in colour, direction and drawing style." caption="One prompt, six seeds. What is the same in all of them comes from the prompt, the rest from the noise."
show_images([generate("a rocket ship", 20, seed) for seed in range(6)], titles=[f"seed {s}" for s in range(6)])

# %% [markdown]
# > **Look again.** Compare *seed 4* here with the first picture of the row of three prompts. Should they be equal? Which
# > of the three arguments would you have to change for them to differ?
#
# ## Your turn to play
#
# The panel calls your `generate`. On the website you see its first picture only; in Colab or Jupyter the controls work.

# %% widget=true alt="A generated picture of a rocket ship, the first picture of the panel." caption="The panel's first picture: a rocket ship, 20 steps, seed 0."
panel = prompt_panel(generate, prompts)

# %% [markdown]
# ## What you saw
#
# Try at least three prompts of your own with `embed_prompts`, then write down what you saw. This answer is read by a
# person.
#
# > **Rubric** (4 points). 1 point: names a prompt that worked and one that did not. 1 point: says what changed and what
# > did not from 20 to 100 steps, for one of the pictures. 1 point: separates what the prompt decided from what the seed
# > decided, by pictures with the same seed and pictures with the same prompt. 1 point: gives a reason for a failure that
# > fits what the model was trained on.

# %% [markdown] reflection="what_you_saw" points=4
# **What did the prompt decide, what did the seed decide, and what did more steps change? Where did the model fail, and why?**
#
# ### BEGIN SOLUTION
# "A rocket ship" works with every seed; "a submarine under a bridge" gives something round and blue, because the pocket
# model was trained on single things and on prints, hardly on two things together. From 20 to 100 steps the rocket stays a
# rocket with the same tilt; the edges and the flame change. With one seed and three prompts the layout of light and dark
# is alike; with one prompt and six seeds the thing stays and its style, colour and place change. So the prompt decides
# what there is, and the seed how it is drawn.
# ### END SOLUTION

# %% [markdown]
# ## Further reading
#
# - {cite:t}`ho2020denoising` made this kind of model work; its algorithm 2 is the loop inside `stage_1`.
# - {cite:t}`saharia2022photorealistic` introduced the design that DeepFloyd IF and our pocket model follow: a frozen text
#   encoder and a diffusion model on pixels.
# - {cite:t}`weng2021diffusion` is the best single page on the whole subject.
