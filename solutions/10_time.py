# ---
# title: Denoising at every noise level
# summary: The same U-Net, told how noisy its input is, becomes a diffusion model that draws digits from noise.
# times: {t4: 8 minutes, cpu: 3 minutes}
# weights: mnist_time, mnist_time_mended, digit_judge
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10. Denoising at every noise level
#
# One step from pure noise gave the mean digit. Three hundred small steps give digits. For that the network of chapter 9 has
# to work at every noise level, and has to be told which one it sees {cite:p}`ho2020denoising`.
#
# > **Goals.** After this chapter you can
# >
# > - make a schedule of noise levels, and say whether its end is noise;
# > - tell a network the time, and train it to predict noise;
# > - draw digits from noise with the loop that you know from part A, written for a network of your own.
#
# **Notation used:** $\beta_t$, $\alpha_t = 1 - \beta_t$, $\bar\alpha_t$, $x_t$ and $\epsilon_\theta$ as in part A; $T$, the number
# of time steps, which count from 0 to $T - 1$. The network gets $t / T$, a number from 0 to 1.

# %% setup=true
from helpers import checks
from helpers.data import load_mnist, mnist_source
from helpers.fitting import fit, gradient_step
from helpers.networks import load_shipped, shipped_measurements
from helpers.plotting import plot_curves, show_images
from helpers.runtime import device, mixed_precision

# %%
import torch
from torch import nn
from helpers.metrics import frechet_distance, load_digit_judge
from helpers.networks.mnist import ConvBlock, DownBlock, Flatten, Unflatten, UpBlock

digits, num_ts = load_mnist("train"), 300
print(mnist_source())

# %% [markdown]
# ## A schedule
#
# Chapter 2 went from a picture to noise in $T = 1000$ steps. Digits are simpler, and $T = 300$ steps will do, with $\beta$ rising in
# a straight line from $\beta_1 = 10^{-4}$ to $\beta_2 = 0.02$.
#
# > **Exercise 10.1.** Write `ddpm_schedule(beta1, beta2, num_ts)`. It returns a dictionary with `betas`, `alphas` and `alpha_bars`,
# > each of shape (num_ts,) (three lines).

# %% exercise="ddpm_schedule"
def ddpm_schedule(beta1, beta2, num_ts):
    """Return {"betas": ..., "alphas": ..., "alpha_bars": ...}, (num_ts,) each."""
    ### BEGIN SOLUTION
    betas = torch.linspace(beta1, beta2, num_ts)
    alphas = 1 - betas
    return {"betas": betas, "alphas": alphas, "alpha_bars": torch.cumprod(alphas, dim=0)}
    ### END SOLUTION

# %% check="ddpm_schedule" points=3
checks.check_ddpm_schedule(ddpm_schedule)
### BEGIN HIDDEN TESTS
checks.check_ddpm_schedule(ddpm_schedule, seed=1)
checks.check_ddpm_schedule(ddpm_schedule, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Predict.** Sampling will begin with pure noise. How much of the digit is left in $x_{T-1}$, that is, how large is
# > $\bar\alpha_{T-1}$?

# %% figure="alpha_bars" alt="alpha-bar over t for two schedules of 300 steps. The first ends at 0.048; the second, with beta scaled by 1000 / 300, ends near 0." caption="How much of the picture is left at $t$: with $\\beta$ up to 0.02, and with $\\beta$ scaled by $1000 / T$."
schedule = ddpm_schedule(1e-4, 0.02, num_ts)
mended = ddpm_schedule(1e-4 * 1000 / num_ts, 0.02 * 1000 / num_ts, num_ts)
times = list(range(num_ts))
plot_curves({"β to 0.02": (times, schedule["alpha_bars"]), "scaled": (times, mended["alpha_bars"])}, "t", "alpha-bar")
for name, of in (("β to 0.02", schedule), ("scaled", mended)):
    left = of["alpha_bars"][-1]
    print(f"{name}: alpha-bar at the end {left:.5f}, so the digit is in x_t with the factor {left.sqrt():.3f}")

# %% [markdown]
# The first schedule never reaches noise: a fifth of the digit's brightness is still there at the end. It comes from $T = 1000$,
# where the same $\beta$ do reach noise, and it travels through lecture notes, assignments and blog posts with other $T$. Sampling
# from pure noise then begins with a picture that training has never shown. We train with both and measure what it costs.
#
# ## Telling the time
#
# A number goes into the network by way of a small fully connected block:
#
# > **Exercise 10.2.** Write `fc_block(in_features, out_features)`: `Linear`, `GELU`, `Linear` (one line).

# %% exercise="fc_block"
def fc_block(in_features, out_features):
    """Return a module: (B, in) -> (B, out)."""
    ### BEGIN SOLUTION
    return nn.Sequential(nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features))
    ### END SOLUTION

# %% check="fc_block" points=1
checks.check_fc_block(fc_block)
### BEGIN HIDDEN TESTS
checks.check_fc_block(fc_block, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# Two of them turn $t / T$ into a number for each channel, which is added to a whole feature map: one behind Unflatten, where
# there are $2D$ channels, one behind the first UpBlock, where there are $D$.
#
# > **Exercise 10.3.** Write the `forward` of the network with time (ten lines). Reshape what a block returns to (B, C, 1, 1), so
# > that it is added to every pixel.

# %% exercise="TimeConditionalUNet"
class TimeConditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64):
        super().__init__()
        self.first = ConvBlock(in_channels, num_hiddens)
        self.down1 = DownBlock(num_hiddens, num_hiddens)
        self.down2 = DownBlock(num_hiddens, 2 * num_hiddens)
        self.squeeze = nn.Sequential(Flatten(), Unflatten(2 * num_hiddens))
        self.up1 = UpBlock(4 * num_hiddens, num_hiddens)
        self.up2 = UpBlock(2 * num_hiddens, num_hiddens)
        self.last = ConvBlock(2 * num_hiddens, num_hiddens)
        self.out = nn.Conv2d(num_hiddens, in_channels, 3, 1, 1)
        self.t1 = fc_block(1, 2 * num_hiddens)
        self.t2 = fc_block(1, num_hiddens)

    def forward(self, x, t):
        """Return the noise in x (B, 1, 28, 28) at normalised times t (B,) or (B, 1)."""
        ### BEGIN SOLUTION
        t = t.reshape(-1, 1)
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = self.squeeze(at_7) + self.t1(t)[:, :, None, None]
        up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[:, :, None, None]
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)
        ### END SOLUTION

# %% check="TimeConditionalUNet" points=4
checks.check_TimeConditionalUNet(TimeConditionalUNet)
### BEGIN HIDDEN TESTS
checks.check_TimeConditionalUNet(TimeConditionalUNet, seed=1)
checks.check_TimeConditionalUNet(TimeConditionalUNet, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## The loss
#
# For each picture of a batch draw a time of its own, noise the picture to that time in one jump, and ask for the noise
# ({cite:t}`ho2020denoising`, algorithm 1):
#
# $$
# L = \operatorname{mean}\,\bigl(\epsilon - \epsilon_\theta(x_t, t / T)\bigr)^2, \qquad
# x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon, \qquad t \in \{0, \ldots, T - 1\}
# $$
#
# > **Exercise 10.4.** Write `ddpm_forward(unet, ddpm_schedule, x_0, num_ts)`, the loss of a batch (six lines).

# %% exercise="ddpm_forward"
def ddpm_forward(unet, ddpm_schedule, x_0, num_ts):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    ### BEGIN SOLUTION
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    return nn.functional.mse_loss(unet(x_t, t / num_ts), eps)
    ### END SOLUTION

# %% check="ddpm_forward" points=6
checks.check_ddpm_forward(ddpm_forward)
### BEGIN HIDDEN TESTS
checks.check_ddpm_forward(ddpm_forward, seed=1)
checks.check_ddpm_forward(ddpm_forward, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# Twenty epochs, batches of 128, Adam with a learning rate of $10^{-3}$ that falls to a tenth.

# %% figure="loss" alt="The loss over 9,000 steps on a logarithmic axis: it falls within the first few hundred and then slowly to about 0.03." caption="The training loss, each point a mean of ten steps. The field's notebooks end between 0.022 and 0.034."
def train(name, unet, schedule, epochs=20):
    """Train a network with ddpm_forward; return the run."""
    optimizer = torch.optim.Adam(unet.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.1 ** (1 / epochs))
    def step(x, labels):
        return gradient_step(ddpm_forward(unet, schedule, x, num_ts), optimizer)
    return fit(name, unet, step, optimizer, digits, batch_size=128, epochs=epochs, scheduler=scheduler)

torch.manual_seed(0)
unet = TimeConditionalUNet().to(device())
run = train("time", unet, schedule)
plot_curves({"loss": (run.steps, run.losses)}, "step", "loss", log=True)
print(f"loss of the last 100 steps: {run.last_loss:.4f}")

# %% [markdown]
# ## Drawing digits
#
# Begin with noise and go down one time step after another ({cite:t}`ho2020denoising`, algorithm 2):
#
# $$
# x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \Bigl(x_t - \frac{1 - \alpha_t}{\sqrt{1 - \bar\alpha_t}}\, \epsilon_\theta(x_t, t / T)\Bigr)
# + \sqrt{\beta_t}\, z, \qquad z \sim \mathcal N(0, I), \text{ and } z = 0 \text{ at } t = 0
# $$
#
# It is the step of chapter 3 in other letters: put $\hat x_0$ into its mean and collect $x_t$ and $\epsilon$.
#
# > **Exercise 10.5.** Write `ddpm_sample(unet, ddpm_schedule, count, num_ts)`, which draws `count` pictures of 28 x 28, with
# > the network in evaluation mode (eleven lines).

# %% exercise="ddpm_sample"
@torch.no_grad()
def ddpm_sample(unet, ddpm_schedule, count, num_ts):
    """Return (count, 1, 28, 28), drawn from noise in num_ts steps."""
    ### BEGIN SOLUTION
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    x_t = torch.randn(count, 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        eps = unet(x_t, torch.full((count,), t / num_ts, device=place))
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t
    ### END SOLUTION

# %% check="ddpm_sample" points=8
checks.check_ddpm_sample(ddpm_sample)
### BEGIN HIDDEN TESTS
checks.check_ddpm_sample(ddpm_sample, seed=1)
checks.check_ddpm_sample(ddpm_sample, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Predict.** Which will be better after 5 epochs: the strokes of a digit, or the digit as a whole?

# %% figure="after_epochs" alt="Two blocks of twenty digits drawn from noise. After five epochs some are scribbles; after twenty most can be read." caption="Drawn from noise after epoch 5 (above) and after epoch 20 (below), from the same noise."
def drawn(network, of, count=20, seed=0):
    """Return pictures from -1 to 1, drawn with a seed."""
    torch.manual_seed(seed)
    with mixed_precision():
        return 2 * ddpm_sample(network.to(device()), of, count, num_ts).float().cpu() - 1

early, late = (drawn(load_shipped("time", epoch), schedule) for epoch in (5, 20))
show_images([*early, *late], columns=10, width=0.9)

# %% [markdown]
# ## A chain that does not reach noise
#
# Back to the question of the beginning. Training with the first schedule ends at $x_{T-1} = 0.22\, x_0 + 0.98\, \epsilon$, and the
# sampler begins with $\epsilon$ alone. What is missing? On average a digit is dark with a bright blot in the middle, and 0.22 times
# that blot is missing from the first picture. The cure is a schedule that ends in noise and a network that knows it: ours
# went on from epoch 20 for three epochs with the scaled $\beta$, as {cite:t}`lin2024common` mend a large model.
#
# > **Predict.** A network that begins too dark: will its digits be thinner, or bolder, than real ones?

# %% figure="schedules" alt="Two blocks of twenty digits drawn from the same noise with the two schedules." caption="The same noise. Above: $\\beta$ up to 0.02. Below: $\\beta$ scaled by $1000 / T$."
ended = drawn(load_shipped("time_mended"), mended)
show_images([*late, *ended], columns=10, width=0.9)

# %% [markdown]
# Twenty digits decide nothing, so measure. *Ink* is the mean of all pixels. A network that has learned to read digits, and has seen
# none of ours, turns each picture into 128 numbers, and the *Fréchet distance* {cite:p}`heusel2017gans` says how far the numbers
# of drawn digits lie from those of real ones:

# %%
measured = shipped_measurements()
rows = {
    "real digits": measured["real"],
    "β to 0.02, epoch 5": measured["time"]["5"],
    "β to 0.02, epoch 20": measured["time"]["20"],
    "scaled β, 3 epochs more": measured["time_mended"]["3"],
}
print(f"{measured['pictures']} digits from each of 5 seeds, mean ± standard deviation")
for name, found in rows.items():
    distance, ink = found["frechet"], found["ink"]
    print(f"{name:25} Fréchet {distance['mean']:5.2f} ± {distance['std']:.2f}   ink {ink['mean']:.4f} ± {ink['std']:.4f}")

# %% [markdown]
# The short chain costs brightness: its digits have 0.115 of ink, real ones 0.131, which is four times the spread of five seeds away. The mended
# one has 0.138. The distance does not improve: 1.5 both times, and the seeds differ by as much as a quarter of that. Three epochs are not
# twenty, and with larger $\beta$ each of the 300 steps is coarser. So what the schedule broke is mended, and a good part of the
# distance to real digits has other reasons. Before you believe that a change helped, ask which number it should move.
#
# ## Is mine good enough?
#
# Compare your loss with 0.022 to 0.034, your digits with the figures above, and the distance of forty of them with that of forty
# real ones, five times. So few are only enough to tell digits from scribbles:

# %%
judge, test, count = load_digit_judge(), load_mnist("test").images[:2000], 40
mine = (drawn(unet, schedule, count, seed=1) + 1) / 2
with torch.no_grad():
    real, of_mine = judge.features(test), judge.features(mine.clamp(0, 1))
reference = real[5 * count:]
of_real = [frechet_distance(forty, reference) for forty in real[: 5 * count].split(count)]
print(f"{count} real digits:     Fréchet {min(of_real):5.2f} to {max(of_real):.2f}")
print(f"{count} digits of mine:  Fréchet {frechet_distance(of_mine, reference):5.2f}")

# %% [markdown]
# ## What the chain costs
#
# This answer is read by a person.
#
# > **Rubric** (4 points). 1 point: gives $\bar\alpha_{T-1}$ of both schedules and says what the sampler assumes. 1 point: says what is
# > missing from the first picture of the sampler and why the network cannot add it later, or can in part. 1 point: uses the
# > measured numbers, with their spread, and does not claim more than they show. 1 point: names a kind of picture for which the
# > slip would show more, with a reason.

# %% [markdown] reflection="what_the_chain_costs" points=4
# **What does a chain that does not reach noise cost, in theory and in the numbers of this chapter? For which pictures would it
# cost more?**
#
# ### BEGIN SOLUTION
# With $\beta$ up to 0.02, $\bar\alpha_{T-1} = 0.048$; with the scaled $\beta$ it is 0.00003. The sampler begins with $\epsilon$ alone, as
# if $\bar\alpha_{T-1}$ were 0.
#
# Training has always shown $x_{T-1} = 0.22\, x_0 + 0.98\, \epsilon$. What is missing from the first picture of the sampler is 0.22 times a
# digit. What all digits have in common, a bright blot in the middle, can be seen even through that noise, so the network relies on it:
# it takes the blot's absence for a sign that this digit has little ink. Later steps draw strokes where the noise happens to favour
# some, so in part the brightness comes back; but each step starts from where the one before has ended, and nothing
# tells the network that the beginning was wrong.
#
# Measured with 100 digits from each of five seeds: ink 0.115 ± 0.003 with the short chain, 0.131 ± 0.003 on real digits, 0.138 ± 0.004 with the
# mended one. So digits come out too thin, and the mended network makes them as bold as real ones or a little bolder. The Fréchet
# distance does not tell the two apart (1.49 ± 0.20 and 1.53 ± 0.37, real digits 0.37). Each is one network, trained
# once, and the second was trained for longer: the numbers do not say how another run would come out.
#
# It would cost more for pictures that differ in their overall brightness, such as a snow field and a night sky: the mean of many pixels
# is the last thing that noise hides, so it is what $0.22\, x_0$ still tells, and every picture drawn gets the brightness of
# $\epsilon$: with pictures from -1 to 1 a middle grey. It would also cost more for large pictures, where the mean is taken over more pixels.
# ### END SOLUTION

# %% [markdown]
# ## Further reading
#
# - {cite:t}`ho2020denoising`: algorithms 1 and 2, and where $T = 1000$ with these $\beta$ comes from.
# - {cite:t}`nichol2021improved`: schedules that waste fewer steps.
# - {cite:t}`lin2024common`: the same slip in large text-to-image models, where it greys every picture, and its cure.
