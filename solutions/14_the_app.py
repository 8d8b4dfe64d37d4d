# ---
# title: The postcard app
# summary: A generator function that shows the picture as it emerges, an interface around it, and an app for ten visitors at once.
# times: {t4: 3 minutes, cpu: 3 minutes}
# extra: app
# weights: postcards_pocket, pocket_clip
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 14. The postcard app
#
# Chapter 13 draws postcards in a notebook. This chapter gives them to people who have never seen one: a page with a colour, a
# text and a button. It has two parts that know nothing of each other, a function that draws and a page that shows.
#
# > **Goals.** After this chapter you can
# >
# > - write a sampler as a generator function, so that its caller can show progress, or stop;
# > - make a card that its seed brings back, on every machine;
# > - build an interface with Gradio that shows pictures as they emerge, answers bad input with a message, and lets visitors
# >   wait in line.
#
# **Notation used:** $x_t$, $\hat x_0$, $\epsilon_\theta$, as in chapter 13.

# %% setup=true
from functools import partial
from helpers import checks
from helpers.app import BadWish, read_wish, postcard
from helpers.clip import embed_pictures, embed_text, load_clip
from helpers.guidance import clip_loss, colour_loss, guided_steps, random_cutouts, start_noises
from helpers.postcards import load_postcards

# %%
import torch
import gradio as gr
from diffusers import DDIMScheduler
from helpers.app.postcard import to_image
from helpers.plotting import show_images
from helpers.runtime import generator

pipeline, clip = load_postcards(), load_clip()

# %% [markdown]
# ## A function that can be watched
#
# A function that returns has nothing to say until it is done. A *generator function* has `yield` in place of `return`. It
# hands out one thing, stops, and goes on from there when it is asked for the next:

# %%
def count_to(number):
    for place in range(1, number + 1):
        yield place / number

for progress in count_to(4):
    print(f"{progress:.0%}")

# %% [markdown]
# > **Predict.** `first = next(count_to(10**12))`: how long does this take? What if `count_to` collected its numbers in a list
# > and returned that?
#
# This is why the samplers of this course are generators within: the loop does not know of bars, pages or buttons. Whoever
# calls it decides what to show, and when to stop asking. Pressing *Cancel* is just that: nobody asks for the next picture.
#
# ## From a form to a card
#
# Our function takes what a form holds:
#
# | argument | what comes | what it does |
# |---|---|---|
# | `colour` | `"#2f5d8a"`, as a colour picker writes it | the colour that `colour_loss` goes to |
# | `text` | a sentence, or `""` | what `clip_loss` goes to; `""`: no such loss |
# | `colour_scale`, `text_scale` | numbers, 0 for none | the factor of each loss |
# | `steps` | a whole number | steps of DDIM |
# | `seed` | a whole number, perhaps still as text | the start noise, and the places of the cut-outs |
# | `count` | a whole number | how many cards |
#
# People write anything into a form. `read_wish` turns these seven into a `Wish` with the same names, the colour as three
# numbers from 0 to 1. Where nothing can be made of them it raises `BadWish` with words that a visitor understands:

# %%
wish = read_wish("#2f5d8a", "a wave", 600, 50, 40, "7", 2)
print(wish)
try:
    read_wish("#2f5d8a", "a wave", 600, 50, 40, "-7", 2)
except BadWish as refused:
    print(refused)

# %% [markdown]
# A card should come back: the same seed, the same card. Chance enters at two places. `start_noises(count, seed, size)` draws
# the first noise from the seed. The cut-outs of `clip_loss` are the other place: `random_cutouts(4, generator(seed))` draws
# them from the seed, too.
#
# `guided_steps(unet, scheduler, x_T, loss, scale)` is the loop of chapter 13 as a generator. Each of its steps has a `place`
# (from 0), `x_0_pred` and `x_prev`. What should a visitor see on the way?

# %% figure="on_the_way" alt="Two rows of eight pictures. Above, noise that thins out only in the last pictures. Below, soft colours that become a landscape." caption="Above $x_t$, below $\hat x_0$, from the first step to the last."
ddim = DDIMScheduler.from_config(pipeline.scheduler.config)
ddim.set_timesteps(40)
side = pipeline.unet.config.sample_size
seen = list(guided_steps(pipeline.unet, ddim, start_noises(1, 7, side), None, 0.0))[4::5]
show_images(torch.cat([step.x_prev for step in seen] + [step.x_0_pred for step in seen]), columns=8, width=0.9)

# %% [markdown]
# > **Exercise 14.1.** Write the generator function `make_cards`. It yields pairs `progress, pictures`: a share of the steps,
# > which never falls, with
# > `x_0_pred`; at the end 1 with the finished pictures. The loss is `colour_scale` times the colour's plus, where there is a
# > text, `text_scale` times
# > the text's; `guided_steps` gets the scale 1 (14 lines).

# %% exercise="make_cards"
def make_cards(colour, text, colour_scale, text_scale, steps, seed, count):
    """Yield progress from 0 to 1, and pictures (count, 3, H, W) in [-1, 1]."""
    ### BEGIN SOLUTION
    wish = read_wish(colour, text, colour_scale, text_scale, steps, seed, count)
    cutouts = random_cutouts(4, generator(wish.seed))
    target = embed_text(clip, wish.text)

    def loss(x_0):
        total = wish.colour_scale * colour_loss(x_0, wish.colour or (0, 0, 0))
        if wish.text:
            total = total + wish.text_scale * clip_loss(x_0, target, partial(embed_pictures, clip), cutouts)
        return total

    scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    scheduler.set_timesteps(wish.steps)
    x_T = start_noises(wish.count, wish.seed, pipeline.unet.config.sample_size)
    for step in guided_steps(pipeline.unet, scheduler, x_T.to(pipeline.device), loss, 1.0):
        yield step.place / wish.steps, step.x_0_pred
    yield 1.0, step.x_prev
    ### END SOLUTION

# %% check="make_cards" points=10
checks.check_make_cards(make_cards, pipeline)
### BEGIN HIDDEN TESTS
checks.check_make_cards(make_cards, pipeline, seed=1)
checks.check_make_cards(make_cards, pipeline, seed=2)
### END HIDDEN TESTS

# %% figure="card" alt="A postcard on cream paper: a pale shape on blue water, framed by a thin line, with the caption A boat in italics and a blue seal." caption="A card: the picture, enlarged, on paper with a border, a caption and a seal in the colour that was asked for."
*_, (progress, pictures) = make_cards("#2f5d8a", "A boat", 250, 25, 40, 7, 2)
postcard(pictures[1].cpu(), "A boat", "seed 7, the second", "#2f5d8a")

# %% [markdown]
# How many steps should the app begin with? A visitor waits for each of them.
#
# > **Predict.** The same three noises in 4, 10, 20 and 40 steps. Where will you stop seeing a difference?

# %% figure="steps" alt="Four rows of three landscapes from the same noises, in 4, 10, 20 and 40 steps. All rows have the same layout; the upper are softer, the second has the strongest colours, the lower have more detail." caption="The same three noises, unguided. From above: 4, 10, 20 and 40 steps."
rows = []
for steps in (4, 10, 20, 40):
    *_, (progress, pictures) = make_cards("#2f5d8a", "", 0, 0, steps, 7, 3)
    rows.append(pictures.cpu())
show_images(torch.cat(rows), columns=3, width=1.2)

# %% [markdown]
# Four steps lay the picture out: light and dark are where they will stay. Ten have strong colours and take a quarter of the
# time of forty, which have more detail, and more grey. Which is better is no question of mathematics. Ours begins with forty and
# lets visitors choose.
#
# ## The interface
#
# Gradio builds a page from Python. Within `with gr.Blocks() as app:` each component appears where it is made. An event ties a
# button to a function: what the inputs hold becomes its arguments, *in their order*, and what it yields goes to the outputs:
#
#     with gr.Blocks() as app:
#         name = gr.Textbox(label="Name")
#         button, answer = gr.Button("Greet"), gr.Markdown()
#         greeting = button.click(lambda name: f"Hello, {name}", [name], [answer])
#
# - A function that yields changes the page at each yield.
# - `raise gr.Error("...")` shows a message, and leaves the page as it is.
# - `stop.click(None, cancels=greeting)` makes another button that stops it.
# - `concurrency_limit=1` lets one visitor in at a time; the others see their place in the line.
#
# The seven controls are written down for you, in the order of the arguments of `make_cards`. Change their values as you like,
# not their labels, by which the check finds them:

# %%
def controls():
    """Make the seven controls where it is called, and return them."""
    return [
        gr.ColorPicker("#d9432f", label="Colour"),
        gr.Textbox(label="Text"),
        gr.Slider(0, 2000, 600, step=20, label="Colour scale"),
        gr.Slider(0, 100, 50, step=1, label="Text scale"),
        gr.Slider(4, 100, 40, step=1, label="Steps"),
        gr.Textbox("7", label="Seed"),
        gr.Slider(1, 6, 1, step=1, label="Cards"),
    ]

# %% [markdown]
# > **Exercise 14.2.** Write `build_app(make_cards)`, which returns the app: the controls, a button that draws, one that
# > cancels, a line with the progress and a `gr.Gallery` with the pictures. `to_image(picture, 512)` makes an image of a picture. Turn `BadWish` into
# > `gr.Error` (13 lines).

# %% exercise="build_app"
def build_app(make_cards):
    """Return the app around a generator function."""
    ### BEGIN SOLUTION
    def show(*form):
        try:
            for progress, pictures in make_cards(*form):
                yield f"{progress:.0%}", [to_image(picture.cpu(), 512) for picture in pictures]
        except BadWish as bad:
            raise gr.Error(str(bad)) from bad

    with gr.Blocks(analytics_enabled=False) as app:
        form = controls()
        make, cancel = gr.Button("Make cards", variant="primary"), gr.Button("Cancel")
        said, cards = gr.Markdown(), gr.Gallery(label="Your cards")
        drawing = make.click(show, form, [said, cards], concurrency_limit=1)
        cancel.click(None, cancels=drawing)
    return app
    ### END SOLUTION

# %% check="build_app" points=8
checks.check_build_app(build_app)
### BEGIN HIDDEN TESTS
checks.check_build_app(build_app, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# Take away the `#` to open your app. It runs on this machine alone; with `share=True` Gradio opens a public address for it,
# which ends after three days. Ask yourself who may then use your computer.

# %%
app = build_app(make_cards)
# app.launch(share=False)

# %% [markdown]
# ## What a visitor needs
#
# Ours is in `helpers/app/`, and in the course's repository `course app` starts it. It goes a few steps further than yours: a
# border and a caption on each card, a button *Again with this seed*, a message beside the card that stays, colours for day
# and night, and no request to another host. Its *Cancel* tells the run, which ends by saying so: `cancels` cuts the line, and on
# a slow page pictures that were sent before the press come in after it.
#
# A card of 40 steps with colour and text took 8.2 seconds on two cores of a server without vector units for bfloat16
# (`benchmarks/postcard.py`); four fifths of them are the network's. Therefore visitors wait in line, and are told so:
# of two cards that are drawn at the same time each takes twice as long, and the first visitor gains nothing.
#
# ## Somebody else
#
# Open your app, or ours, and let somebody else use it without a word from you. This answer is read by a person.
#
# > **Rubric** (3 points). 1 point: an observation of a person, not a guess. 1 point: a change that follows from it. 1 point:
# > says which of the two parts, the function or the page, it touches, and why.

# %% [markdown] reflection="visitor" points=3
# **What did your visitor try first, what did they not understand, and what would you change: in the function, or in the page?**
#
# ### BEGIN SOLUTION
# For example: they pressed the button four times, because nothing moved before the first yield. A first yield with progress 0
# before the loop changes that: it belongs to the function, which alone knows when it begins.
# ### END SOLUTION
