# ---
# title: Faces, and what each source of noise does
# summary: A diffusion model of drawn faces, trained from scratch; then its chain is taken apart, piece by piece.
# times: {t4: 8 minutes, cpu: 5 minutes}
# weights: manga_*, pocket_clip_judge
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12. Faces, and what each source of noise does
#
# Digits are easy. This chapter trains a diffusion model on faces, with a network that also looks around (attention), and then
# asks of each part of the chain what it is for: the number of steps, the noise at the beginning, the noise of the steps.
#
# > **Goals.** After this chapter you can
# >
# > - train a diffusion model on pictures of your own, save it, and go on after a lost runtime;
# > - sample with the posterior's noise, and with none (DDIM);
# > - say by experiment what the number of steps, $x_T$ and the noise of the steps do, and find a chain that never reaches noise.
#
# **Notation used:** $\beta_t$, $\alpha_t = 1 - \beta_t$, $\bar\alpha_t$, $x_t$, $\epsilon_\theta$ as in chapter 10, but the
# network gets $t$ itself. New: $\sigma_t$, the size of the noise of a step.

# %% setup=true
from helpers import checks
from helpers.data import faces_source, load_faces
from helpers.face_ddpm import ddim_sample as finished_ddim, face_schedule, sample as finished_sample, slerp
from helpers.fitting import fit, gradient_step
from helpers.networks import load_shipped, shipped_measurements
from helpers.plotting import plot_curves, show_images

# %%
import torch
from torch import nn
from helpers.metrics import ClipDistance
from helpers.networks.unet import Unet
from helpers.runtime import device, generator, mixed_precision

MY_FACES = None   # or the path of manga.zip, of a folder, or "drawn"
faces = load_faces(MY_FACES)
print(faces_source(MY_FACES), f"{len(faces):,} pictures of 32 x 32 pixels")

# %% [markdown]
# ## Faces
#
# The exercise that this chapter follows trains on 12,000 manga faces. Their licence does not let us pass them on. If you have
# them, say above where `manga.zip` lies; it is read where it is. Otherwise the faces are drawn: line art from the data
# folder, or faces that a program puts together.

# %% figure="faces" alt="Three rows of ten small drawn faces with different hair, eyes and mouths." caption="Thirty of the faces to train on."
def show_faces(faces, columns=10):
    """Show faces (N, 3, H, W) in [-1, 1]."""
    show_images(faces.float().cpu(), columns=columns, width=0.9)

show_faces(faces[:30])

# %% [markdown]
# ## The way to noise
#
# The schedule is that of chapter 10 with $T = 200$ steps:

# %%
TIMESTEPS = 200
betas = torch.linspace(1e-4, 0.02, TIMESTEPS)
alphas = 1 - betas
alphas_cumprod = torch.cumprod(alphas, dim=0)

# %% [markdown]
# $$
# x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon
# $$
#
# > **Exercise 12.1.** Write `q_sample(x0, t, noise=None)`. The time `t` is a whole number, the same for all pictures, or a
# > vector with one
# > for each of them. The noise is drawn where none is given (four lines).

# %% exercise="q_sample"
def q_sample(x0, t, noise=None):
    """Return x_t, shaped like x0 (B, 3, H, W)."""
    ### BEGIN SOLUTION
    if noise is None:
        noise = torch.randn_like(x0)
    alpha_bar = alphas_cumprod.to(x0.device)[t].reshape(-1, 1, 1, 1)
    return alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise
    ### END SOLUTION

# %% check="q_sample" points=4
checks.check_q_sample(q_sample)
### BEGIN HIDDEN TESTS
checks.check_q_sample(q_sample, seed=1)
checks.check_q_sample(q_sample, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Predict.** Below is one face at 64 times from 0 to 199. In the last of the pictures, is it gone?

# %% figure="strip" alt="Four rows of sixteen small pictures: a face that sinks into noise. In the last row its outline can still be made out." caption="One face at 64 times from $t = 0$ to $t = 199$, in reading order."
times = torch.linspace(0, TIMESTEPS - 1, 64).round().long()
torch.manual_seed(0)
show_faces(q_sample(faces[:1].expand(64, -1, -1, -1), times), columns=16)
print(f"alpha-bar at t = 199: {alphas_cumprod[-1]:.3f}, so the face is in x_t with the factor {alphas_cumprod[-1].sqrt():.2f}")

# %% [markdown]
# ## The network
#
# The U-Net is given this time. It is that of *The Annotated Diffusion Model* {cite:p}`rogge2022annotated`: four sizes from 32
# down to 4 pixels, the time in every block as a scale and a shift, and attention, by which distant pixels see each other.
# Open `helpers/networks/unet.py`: it is written to be read, and says where each idea comes from.

# %%
model = Unet(16, (1, 2, 4, 8), 3)
print(f"{sum(p.numel() for p in model.parameters()):,} parameters")
print(model(torch.randn(2, 3, 32, 32), torch.tensor([0, 199])).shape)

# %% [markdown]
# ## Training
#
# As in chapter 10, but with the mean of absolute values in place of squares:
#
# $$
# L = \operatorname{mean}\, \bigl|\, \epsilon - \epsilon_\theta(x_t, t)\, \bigr|
# $$
#
# > **Exercise 12.2.** Write `p_losses(model, x0)`: draw a time for each picture, noise the pictures, return the loss
# > (three lines).

# %% exercise="p_losses"
def p_losses(model, x0):
    """Return the loss of a batch of clean pictures, a tensor that can be differentiated."""
    ### BEGIN SOLUTION
    t = torch.randint(0, TIMESTEPS, (len(x0),), device=x0.device)
    noise = torch.randn_like(x0)
    return nn.functional.l1_loss(model(q_sample(x0, t, noise), t), noise)
    ### END SOLUTION

# %% check="p_losses" points=6
checks.check_p_losses(p_losses)
### BEGIN HIDDEN TESTS
checks.check_p_losses(p_losses, seed=1)
checks.check_p_losses(p_losses, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# A model that took an hour to train should be kept. Its weights are half of it: the optimizer has a memory, too (its
# moments), without which going on begins with a jolt.

# %%
def save_model(path, model, optimizer):
    """Write the states of both into one file."""
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)

# %% [markdown]
# > **Exercise 12.3.** Write `load_model(path, model, optimizer)`, which puts back what `save_model` has written, on any
# > device, and leaves the network ready to draw (four lines).

# %% exercise="load_model"
def load_model(path, model, optimizer):
    """Put the states of a file into both, and the network into evaluation mode."""
    ### BEGIN SOLUTION
    state = torch.load(path, map_location="cpu")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    model.eval()
    ### END SOLUTION

# %% check="load_model" points=3
checks.check_load_model(load_model, save_model)
### BEGIN HIDDEN TESTS
checks.check_load_model(load_model, save_model, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# Batches of 32, half of the faces mirrored, Adam with a learning rate that falls from $10^{-3}$ to a tenth of it. On a GPU the
# cell trains 20 epochs in full and prints the loss every 100 steps; on a CPU it takes our weights and goes on for a few steps. It
# keeps a checkpoint after each epoch and goes on from there after a lost runtime.

# %% figure="loss" alt="The loss over some thousand steps: it falls steeply within the first hundred steps and then slowly." caption="The training loss, each point a mean of ten steps."
torch.manual_seed(0)
model = model.to(device())
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.1 ** (1 / 20))

def one_batch(x0):
    mirrored = torch.rand(len(x0), 1, 1, 1, device=x0.device) < 0.5
    return gradient_step(p_losses(model, torch.where(mirrored, x0.flip(-1), x0)), optimizer)

trained = "faces_drawn" if "code" in faces_source(MY_FACES) else "faces_200"
run = fit(trained, model, one_batch, optimizer, [faces], batch_size=32, epochs=20, scheduler=scheduler, print_every=100)
plot_curves({"loss": (run.steps, run.losses)}, "step", "loss", log=True)
print(f"loss of the last 100 steps: {run.last_loss:.3f}")

# %% [markdown]
# ## The way back
#
# Chapter 10 used noise of the size $\sqrt{\beta_t}$ in its steps. {cite:t}`ho2020denoising` give another choice, which is
# right where the data are a single picture:
#
# $$
# \sigma_t^2 = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t}\, \beta_t, \qquad \bar\alpha_{-1} = 1
# $$
#
# > **Exercise 12.4.** Write `posterior_sigmas(betas)`, which returns $\sigma_t$ for all $t$ (three lines). What is $\sigma_0$?

# %% exercise="posterior_sigmas"
def posterior_sigmas(betas):
    """Return sigma_t, shaped like betas (T,)."""
    ### BEGIN SOLUTION
    bars = torch.cumprod(1 - betas, dim=0)
    before = torch.cat([torch.ones_like(bars[:1]), bars[:-1]])
    return ((1 - before) / (1 - bars) * betas).sqrt()
    ### END SOLUTION

# %% check="posterior_sigmas" points=3
checks.check_posterior_sigmas(posterior_sigmas)
### BEGIN HIDDEN TESTS
checks.check_posterior_sigmas(posterior_sigmas, seed=1)
### END HIDDEN TESTS

# %%
sigmas = posterior_sigmas(betas)

# %% [markdown]
# One step back ({cite:t}`ho2020denoising`, algorithm 2):
#
# $$
# x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \Bigl(x_t - \frac{\beta_t}{\sqrt{1 - \bar\alpha_t}}\, \epsilon_\theta(x_t, t)\Bigr) + \sigma_t z
# $$
#
# > **Exercise 12.5.** Write `p_sample(model, x, t)` for a whole number `t`. The network wants a time for each picture
# > (three lines).

# %% exercise="p_sample"
@torch.no_grad()
def p_sample(model, x, t):
    """Return x_{t-1} for pictures x_t (B, 3, H, W)."""
    ### BEGIN SOLUTION
    eps = model(x, torch.full((len(x),), t, device=x.device))
    mean = (x - betas[t] / (1 - alphas_cumprod[t]).sqrt() * eps) / alphas[t].sqrt()
    return mean + sigmas[t] * torch.randn_like(x)
    ### END SOLUTION

# %% check="p_sample" points=6
checks.check_p_sample(p_sample)
### BEGIN HIDDEN TESTS
checks.check_p_sample(p_sample, seed=1)
checks.check_p_sample(p_sample, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Exercise 12.6.** Write `sample(model, shape)`: from noise of that shape through all time steps, in evaluation mode
# > (five lines).

# %% exercise="sample"
@torch.no_grad()
def sample(model, shape):
    """Return pictures of a shape (B, 3, H, W), drawn from noise."""
    ### BEGIN SOLUTION
    model.eval()
    x = torch.randn(shape, device=next(model.parameters()).device)
    for t in range(TIMESTEPS - 1, -1, -1):
        x = p_sample(model, x, t)
    return x
    ### END SOLUTION

# %% check="sample" points=5
checks.check_sample(sample)
### BEGIN HIDDEN TESTS
checks.check_sample(sample, seed=1)
checks.check_sample(sample, seed=2)
### END HIDDEN TESTS

# %% figure="drawn" alt="Two rows of ten small faces drawn by the model." caption="Twenty faces that nobody has drawn."
torch.manual_seed(0)
with mixed_precision():
    drawn = sample(model, (20, 3, 32, 32))
show_faces(drawn)

# %% [markdown]
# ## Is mine good enough?
#
# Compare your loss with ours: after 20 epochs 0.06 for line art, 0.11 for faces drawn in code. On the manga faces of the
# exercise, which are harder, it is 0.24 after 100 steps and 0.18 after 5,000. Compare your faces with real ones by a number:
# the Fréchet distance between their features, by a small CLIP that only measures. Few pictures make it larger, so twenty of
# yours are compared with twenty real ones, five times. Ours of line art have 46.0 ± 8.7; what is missing to the real ones,
# the next sections find out.

# %%
distance = ClipDistance(faces)
of_real = [distance.of_real(slice(first, first + 20)) for first in range(0, 100, 20)]
print(f"20 real faces:     Fréchet {min(of_real):4.1f} to {max(of_real):.1f}")
print(f"20 faces of mine:  Fréchet {distance(drawn):4.1f}")

# %% [markdown]
# ## Taking it apart
#
# From here on you ask, and the model answers. The runs below are ours, one for each question, each trained from nothing for 20
# epochs of the line-art faces. `finished_sample` is a `sample` that takes the schedule as an argument and can leave parts out.
# Each row of numbers was measured with twenty faces from each of five seeds, as above.

# %%
measured = shipped_measurements("manga")

def tell(what, found):
    """Print the Fréchet distance with its spread over five seeds, and the time of a face on one core."""
    time = f"   {found['seconds']:4.1f} s a face" if "seconds" in found else ""
    print(f"{what:24} Fréchet {found['frechet']['mean']:5.1f} ± {found['frechet']['std']:4.1f}{time}")

tell("real faces", measured["real"]["lorelei"])

# %% [markdown]
# ### How many steps?
#
# > **Predict.** A model trained and sampled with $T = 100$ is five times as fast as one with 500. Is it worse, and why?

# %% figure="steps" alt="Four rows of six faces for T = 100, 200, 300 and 500: in the upper rows nearly everybody has much black hair or a beard, in the last there are short hair and thin lines, too." caption="From above: $T$ = 100, 200, 300 and 500, each with a network trained for it, from the same noises."
def faces_of(name, timesteps=TIMESTEPS, mended=False, **options):
    """Return six faces drawn by one of our runs, always from the same noises."""
    network = load_shipped(name).to(device())
    with mixed_precision():
        schedule = face_schedule(timesteps, mended)
        return finished_sample(network, (6, 3, 32, 32), schedule, generator(0), **options).float().cpu()

by_steps = {T: faces_of(f"faces_{T}", T) for T in (100, 200, 300, 500)}
show_faces(torch.cat(list(by_steps.values())), columns=6)

# %%
for T in by_steps:
    tell(f"T = {T}, alpha-bar {face_schedule(T).alphas_cumprod[-1]:.3f}", measured[f"faces_{T}"]["own chain"])

# %% [markdown]
# Longer chains draw better here: 82.7 ± 2.6 with 100 steps, 46.0 ± 8.7 with 200, 26.4 ± 4.8 with 300, 13.0 ± 3.7 with 500,
# and each costs its share of time, from 0.6 to 3.0 seconds a face. So far the numbers. But $T$ is not all that changes from row
# to row: with 100 steps the last picture of training still holds the face with the factor 0.60, with 500 steps with 0.08. Look at
# the faces. With 100 steps they are rough and their paper is grey. With 200 and 300 each is well drawn, but nearly everybody
# has much black hair or a beard, which many of the faces to train on have not. The next question finds out why.
#
# ### A chain that never reaches noise
#
# Chapter 10 has met it: these $\beta$ were made for $T = 1000$. With $T = 200$ the last picture still holds the face with the
# factor 0.36. Most of a face is white paper, so training ends with noise that is lighter than grey on average, and sampling begins
# with noise that is not: for this network, with the noise of a dark face. Scaled by $1000 / T$, the $\beta$ lead to noise:

# %% figure="mended" alt="Two rows of six faces from the same noises: above all have much black hair or a beard, below most have short hair and no beard." caption="The same noises. Above: $\\beta$ up to 0.02. Below: $\\beta$ scaled by $1000 / T$, with a network trained for it."
plain, lighter = by_steps[TIMESTEPS], faces_of("faces_mended", mended=True)
show_faces(torch.cat([plain, lighter]), columns=6)
print(f"mean from -1 (black) to 1 (white): {plain.mean():.2f} above, {lighter.mean():.2f} below")
tell("beta up to 0.02", measured["faces_200"]["own chain"])
tell("beta scaled", measured["faces_mended"]["own chain"])

# %% [markdown]
# The line art to train on has the mean 0.66. With the same number of steps the distance falls from 46.0 ± 8.7 to 9.2 ± 1.0; real
# faces have 4.3 ± 1.4. That is more than 500 steps of the old $\beta$ buy. So what looked like the merit of more steps was for the
# most part the end of the chain. Each row is one network, trained once: how much another training would differ, these numbers do
# not say.
#
# ### The two sources of noise
#
# Chance enters at two places: in $x_T$, and in each step. Take one away, then the other, then both.
#
# > **Predict.** Six faces with $x_T = 0$: will they be the same face? Six faces without noise in the steps: what will
# > they lack?

# %% figure="sources" alt="Four rows of six faces: with both sources of noise, with x_T = 0, without noise in the steps, without either. In the last row all six are the same." caption="From above: both sources; $x_T = 0$; no noise in the steps; neither."
zero = torch.zeros(6, 3, 32, 32)
rows = [plain, faces_of("faces_200", x_T=zero), faces_of("faces_200", noise=False),
        faces_of("faces_200", x_T=zero[:1], noise=False).expand(6, -1, -1, -1)]
show_faces(torch.cat(rows), columns=6)
ways = measured["faces_200"]
tell("both sources", ways["own chain"])
tell("x_T = 0", ways["x_T = 0"])
tell("no noise in the steps", ways["no step noise"])

# %% [markdown]
# With $x_T = 0$ the faces still differ: the noise of the steps makes them. Without noise in the steps they differ as well: then
# $x_T$ does. Each source alone is enough for variety. Take both away, and all are one face, the one that the network thinks
# most likely on the way from nothing.
#
# The distances, 41.4 ± 11.5 and 40.4 ± 6.0 for 46.0 ± 8.7, lie within each other's spread: this chain draws dark faces in all three
# rows, and next to that nothing else shows in the number. What it does not say can be seen: without noise in the steps areas are
# more even, as every step goes to the mean of what fits. What each source does on the mended chain is a question for an experiment
# of yours.
#
# ### Absolute or squared?

# %%
tell("absolute error", ways["own chain"])
tell("squared error", measured["faces_squared"]["own chain"])

# %% [markdown]
# 46.0 ± 8.7 and 54.5 ± 5.2: the absolute error is ahead, by about as much as each differs from seed to seed. With one run of each
# that is a hint and no proof. The losses themselves cannot be compared, since 0.063 is a mean of absolute values and 0.020 one of
# squares.
#
# ## Without chance, and in twenty steps
#
# If noise is taken out of the steps, something has to take its place. *DDIM* {cite:p}`song2021denoising` puts the noise back
# that the network has just predicted:
#
# $$
# \hat x_0 = \frac{x_t - \sqrt{1 - \bar\alpha_t}\, \epsilon_\theta}{\sqrt{\bar\alpha_t}}, \qquad
# x_{t'} = \sqrt{\bar\alpha_{t'}}\, \hat x_0 + \sqrt{1 - \bar\alpha_{t'}}\, \epsilon_\theta, \qquad t' < t
# $$
#
# Nothing is left to chance after $x_T$, and $t'$ need not be $t - 1$: the same network draws in 20 steps.
#
# > **Exercise 12.7.** Write `ddim_sample(model, shape, steps)`: evenly spaced times from $T - 1$ down; the last step leads to
# > $\hat x_0$ (eleven lines).

# %% exercise="ddim_sample"
@torch.no_grad()
def ddim_sample(model, shape, steps, x_T=None):
    """Return pictures of a shape (B, 3, H, W), drawn in few steps; x_T is what to begin with, by default noise."""
    ### BEGIN SOLUTION
    model.eval()
    place = next(model.parameters()).device
    x = torch.randn(shape, device=place) if x_T is None else x_T.to(place)
    times = torch.linspace(TIMESTEPS - 1, 0, steps).round().long()
    bars = torch.cat([alphas_cumprod[times], torch.ones(1)]).to(place)
    for t, here, there in zip(times.tolist(), bars[:-1], bars[1:], strict=True):
        eps = model(x, torch.full((len(x),), t, device=place))
        x_0 = ((x - (1 - here).sqrt() * eps) / here.sqrt()).clamp(-1, 1)
        x = there.sqrt() * x_0 + (1 - there).sqrt() * eps
    return x
    ### END SOLUTION

# %% check="ddim_sample" points=6
checks.check_ddim_sample(ddim_sample)
### BEGIN HIDDEN TESTS
checks.check_ddim_sample(ddim_sample, seed=1)
checks.check_ddim_sample(ddim_sample, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Predict.** Your sampler draws with the network of the short chain first, then `finished_ddim` with that of the mended one. The
# > steps no longer add noise. Which of the two suffers?

# %% figure="ddim" alt="Three rows of six faces: by DDPM in 200 steps; by DDIM in 20 on the same network, blotched on grey paper; by DDIM in 20 on the mended chain, clean lines on white." caption="From the same noises. From above: 200 steps with noise; 20 steps without, same network; 20 steps without, on the mended chain."
noises = torch.randn(6, 3, 32, 32, generator=generator(0))
network, mended = (load_shipped(name).to(device()) for name in ("faces_200", "faces_mended"))
with mixed_precision():
    few = ddim_sample(network, noises.shape, 20, noises).float().cpu()
    few_mended = finished_ddim(mended, noises.shape, face_schedule(mended=True), 20, x_T=noises).float().cpu()
show_faces(torch.cat([plain, few, few_mended]), columns=6)
tell("DDPM, 200 steps", ways["own chain"])
tell("DDIM, 20 steps", ways["DDIM, 20 steps"])
tell("DDIM, mended chain", measured["faces_mended"]["DDIM, 20 steps"])

# %% [markdown]
# The same network, a tenth of the time, and blots on grey paper: 67.4 ± 6.1 for 46.0 ± 8.7. A wrong start stays wrong. In 200 steps
# with noise the network looks at what it has made 200 times, and fresh noise covers up what does not fit, until the paper is white and
# only the choice of dark faces tells; DDIM carries its first error to the end. On the mended chain, where the start is what training
# ended with, twenty steps give 7.1 ± 1.3, and the whole chain 9.2 ± 1.0.
#
# ## Between two faces
#
# Since DDIM leaves nothing to chance, a noise *is* a face. Walk from one noise to another on the sphere on which noise lies,
# and the face changes on the way.
#
# > **Predict.** Why not on the straight line? What is the size of the mean of two noises?

# %% figure="between" alt="Three rows of eight faces, each row changing from one face to another." caption="Three walks from one noise to another, in eight steps, on the mended chain."
walks = [slerp(noises[a], noises[b], share) for a, b in ((0, 5), (2, 4), (1, 3)) for share in torch.linspace(0, 1, 8)]
with mixed_precision():
    between = finished_ddim(mended, (24, 3, 32, 32), face_schedule(mended=True), 20, x_T=torch.stack(walks)).float().cpu()
show_faces(between, columns=8)

# %% [markdown]
# ## What each part is for
#
# These answers are read by a person.
#
# > **Rubric** (8 points). 2 points: what $T$ does to quality and time, with the numbers and their spread. 2 points: what
# > $x_T$ and the noise of the steps each do, from
# > the four rows, with a reason for what is lost. 2 points: where the chain ends, why the mended one differs, and how one
# > would have noticed. 2 points: an experiment
# > of your own on one part of the chain, with its outcome.

# %% [markdown] reflection="what_each_part_is_for" points=8
# **What does the number of steps do? What does each source of noise do? Where does the chain end, and what does that cost?
# Add an experiment of your own.**
#
# ### BEGIN SOLUTION
# *Steps.* From 100 to 500 steps the distance falls, 82.7 ± 2.6, 46.0 ± 8.7, 26.4 ± 4.8, 13.0 ± 3.7 (real faces 4.3 ± 1.4), each time by more
# than the spread over seeds, and a face takes 0.6 to 3.0 seconds: time grows in proportion.
#
# *Noise.* The chain draws chance from $x_T$ and from each step. With $x_T = 0$ faces still differ, as the steps choose; without noise in
# the steps they differ by $x_T$, with more even areas, because each step goes to the mean of what fits to $x_t$. Without both there is a
# single face. The distances, 41.4 ± 11.5 and 40.4 ± 6.0 for 46.0 ± 8.7, do not tell the three apart: the dark faces of this chain
# outweigh everything else.
#
# *End.* With $\beta$ up to 0.02 and $T = 200$, $\bar\alpha_{T-1} = 0.132$: the last picture of training is $0.36\, x_0 + 0.93\, \epsilon$, the first of the
# sampler $\epsilon$. What is missing is the mean of all faces, above all white paper, so the network takes the start for that of a dark face and
# draws black hair and beards. Printing $\bar\alpha_{T-1}$ would have shown it, or noticing that a face can be seen in the last picture of the
# strip, or the mean of the drawn pictures. With $\beta$ times $1000 / T$ the distance is 9.2 ± 1.0. DDIM, which has no noise to cover up a
# wrong start, shows it best: 67.4 ± 6.1 against 7.1 ± 1.3 on the mended chain.
#
# *An experiment.* Twenty faces from 5, 10, 20 and 50 DDIM steps on the mended chain, and the distance of each: how few steps will do?
# ### END SOLUTION

# %% [markdown]
# ## Further reading
#
# - {cite:t}`rogge2022annotated`: the network and the loop, line by line.
# - {cite:t}`ho2020denoising`: both choices of the noise of a step.
# - {cite:t}`song2021denoising`: sampling without chance.
