# ---
# title: Class and guidance
# summary: The network is told which digit to draw, and guidance makes it listen.
# times: {t4: 10 minutes, cpu: 3 minutes}
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11. Class and guidance
#
# The model of chapter 10 draws whatever digit it likes. This chapter tells it which, and finds what chapter 4 found with
# prompts: being told is not enough, and guidance {cite:p}`ho2022classifier` makes the network listen. This time you train for it.
#
# > **Goals.** After this chapter you can
# >
# > - give a network a class, and train it so that it also works without one;
# > - write a guided sampler for a network of your own;
# > - measure what each guidance scale does to accuracy and diversity.
#
# **Notation used:** $x_t$, $\beta_t$, $\alpha_t$, $\bar\alpha_t$, $T$ as in chapter 10. New: $c$, a class as ten numbers;
# $\varnothing$, ten zeros, which stand for any digit; $\gamma$, the guidance scale, as in chapter 4.

# %% setup=true
from helpers import checks
from helpers.data import load_mnist, mnist_source
from helpers.fitting import fit
from helpers.plotting import plot_curves
from helpers.runtime import device

# %%
import torch
from torch import nn
from helpers.ddpm import ddpm_schedule
from helpers.networks.mnist import ConvBlock, DownBlock, FCBlock, Flatten, Unflatten, UpBlock

digits, num_ts, schedule = load_mnist("train"), 300, ddpm_schedule()
print(mnist_source())

# %% [markdown]
# ## A class as numbers
#
# A label is a name, not an amount: 8 is not twice 4. So the network gets ten numbers, a 1 at the place of the class and 0
# elsewhere, a *one-hot vector*: `torch.nn.functional.one_hot(labels, 10)`. Ten zeros are no digit, and we use them for *any digit*.
#
# As with the time, small blocks turn these numbers into one for each channel. The class *scales* a feature map, the time is
# *added* to it:
#
# $$
# h \leftarrow \operatorname{FC}_c(c)\, h + \operatorname{FC}_t(t / T)
# $$
#
# once behind Unflatten and once behind the first UpBlock.
#
# > **Exercise 11.1.** Write the `forward` of the network with time and class (thirteen lines).

# %% exercise="ClassConditionalUNet"
class ClassConditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64, num_classes=10):
        super().__init__()
        self.first = ConvBlock(in_channels, num_hiddens)
        self.down1 = DownBlock(num_hiddens, num_hiddens)
        self.down2 = DownBlock(num_hiddens, 2 * num_hiddens)
        self.squeeze = nn.Sequential(Flatten(), Unflatten(2 * num_hiddens))
        self.up1 = UpBlock(4 * num_hiddens, num_hiddens)
        self.up2 = UpBlock(2 * num_hiddens, num_hiddens)
        self.last = ConvBlock(2 * num_hiddens, num_hiddens)
        self.out = nn.Conv2d(num_hiddens, in_channels, 3, 1, 1)
        self.t1, self.t2 = FCBlock(1, 2 * num_hiddens), FCBlock(1, num_hiddens)
        self.c1, self.c2 = FCBlock(num_classes, 2 * num_hiddens), FCBlock(num_classes, num_hiddens)

    def forward(self, x, c, t):
        """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""
        ### BEGIN SOLUTION
        t = t.reshape(-1, 1)
        c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)[:, :, None, None]
        c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)[:, :, None, None]
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = c1 * self.squeeze(at_7) + t1
        up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t2
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)
        ### END SOLUTION

# %% check="ClassConditionalUNet" points=4
checks.check_ClassConditionalUNet(ClassConditionalUNet)
### BEGIN HIDDEN TESTS
checks.check_ClassConditionalUNet(ClassConditionalUNet, seed=1)
checks.check_ClassConditionalUNet(ClassConditionalUNet, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## Training with and without the class
#
# Guidance needs both answers, with the class and without. One network gives both if it has learned both: in training the
# class of a picture is dropped, that is, replaced by ten zeros, with probability $p_\text{uncond} = 0.1$
# ({cite:t}`ho2022classifier`, algorithm 1). Each picture is kept or dropped by itself.
#
# > **Exercise 11.2.** Write `class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts)`, the loss of chapter 10 with
# > the class; the network is called as `unet(x_t, c, t / num_ts)` (nine lines).

# %% exercise="class_ddpm_forward"
def class_ddpm_forward(unet, ddpm_schedule, x_0, labels, p_uncond, num_ts):
    """Return the loss, a tensor that can be differentiated; labels are (B,) whole numbers."""
    ### BEGIN SOLUTION
    t = torch.randint(0, num_ts, (len(x_0),), device=x_0.device)
    alpha_bar = ddpm_schedule["alpha_bars"].to(x_0.device)[t].reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    x_t = alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps
    keep = torch.rand(len(x_0), 1, device=x_0.device) >= p_uncond
    c = nn.functional.one_hot(labels, 10).to(x_0.dtype) * keep
    return nn.functional.mse_loss(unet(x_t, c, t / num_ts), eps)
    ### END SOLUTION

# %% check="class_ddpm_forward" points=6
checks.check_class_ddpm_forward(class_ddpm_forward)
### BEGIN HIDDEN TESTS
checks.check_class_ddpm_forward(class_ddpm_forward, seed=1)
checks.check_class_ddpm_forward(class_ddpm_forward, seed=2)
### END HIDDEN TESTS

# %% figure="loss" alt="The loss over 9,000 steps on a logarithmic axis: it falls within the first few hundred and then slowly to about 0.03." caption="The training loss, each point a mean of ten steps. The field's notebooks end between 0.026 and 0.036."
def train(name, unet, epochs=20):
    """Train a network with class_ddpm_forward; return the run."""
    optimizer = torch.optim.Adam(unet.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.1 ** (1 / epochs))
    def step(x, labels):
        loss = class_ddpm_forward(unet, schedule, x, labels, 0.1, num_ts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()
    return fit(name, unet, step, optimizer, digits, batch_size=128, epochs=epochs, scheduler=scheduler)

torch.manual_seed(0)
unet = ClassConditionalUNet().to(device())
run = train("class", unet)
plot_curves({"loss": (run.steps, run.losses)}, "step", "loss", log=True)
print(f"loss of the last 100 steps: {run.last_loss:.4f}")

# %% [markdown]
# ## Guided sampling
#
# In each step ask twice, with the class and with ten zeros, and go past the answer with the class:
#
# $$
# \epsilon = \epsilon_\theta(x_t, \varnothing, t/T)
#          + \gamma\, \bigl(\epsilon_\theta(x_t, c, t/T) - \epsilon_\theta(x_t, \varnothing, t/T)\bigr)
# $$
#
# The step itself is that of chapter 10.
#
# > **Exercise 11.3.** Write `class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts)`: one picture for each label, in
# > evaluation mode (fifteen lines).

# %% exercise="class_ddpm_sample"
@torch.no_grad()
def class_ddpm_sample(unet, ddpm_schedule, labels, scale, num_ts):
    """Return (N, 1, 28, 28) for labels (N,), drawn from noise in num_ts steps with guidance."""
    ### BEGIN SOLUTION
    unet.eval()
    place = next(unet.parameters()).device
    betas, alphas, alpha_bars = (ddpm_schedule[name].to(place) for name in ("betas", "alphas", "alpha_bars"))
    c = nn.functional.one_hot(labels.to(place), 10).float()
    x_t = torch.randn(len(labels), 1, 28, 28, device=place)
    for t in range(num_ts - 1, -1, -1):
        times = torch.full((2 * len(labels),), t / num_ts, device=place)
        uncond, cond = unet(torch.cat([x_t, x_t]), torch.cat([0 * c, c]), times).chunk(2)
        eps = uncond + scale * (cond - uncond)
        x_t = (x_t - (1 - alphas[t]) / (1 - alpha_bars[t]).sqrt() * eps) / alphas[t].sqrt()
        if t > 0:
            x_t = x_t + betas[t].sqrt() * torch.randn_like(x_t)
    return x_t
    ### END SOLUTION

# %% check="class_ddpm_sample" points=8
checks.check_class_ddpm_sample(class_ddpm_sample)
### BEGIN HIDDEN TESTS
checks.check_class_ddpm_sample(class_ddpm_sample, seed=1)
checks.check_class_ddpm_sample(class_ddpm_sample, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## Bonus: flow matching
#
# A diffusion model learns to predict noise on a curved path from picture to noise. *Flow matching* {cite:p}`lipman2023flow` takes a
# straight one, from noise at time 0 to a picture at time 1, and learns the velocity along it:
#
# $$
# x_t = (1 - t)\, \epsilon + t\, x_0, \qquad v = \frac{d x_t}{d t} = x_0 - \epsilon, \qquad
# L = \operatorname{mean}\,\bigl(v_\theta(x_t, t) - v\bigr)^2, \qquad t \sim U(0, 1)
# $$
#
# The network is that of chapter 10: a picture and a time go in, a picture comes out. There is no schedule, and the time runs the
# other way.
#
# > **Exercise 11.4.** Write `flow_forward(unet, x_0)`, the loss of a batch (five lines).

# %% exercise="flow_forward"
def flow_forward(unet, x_0):
    """Return the loss, a tensor that can be differentiated; x_0 is (B, 1, 28, 28)."""
    ### BEGIN SOLUTION
    t = torch.rand(len(x_0), device=x_0.device)
    share = t.reshape(-1, 1, 1, 1)
    eps = torch.randn_like(x_0)
    velocity = unet((1 - share) * eps + share * x_0, t)
    return nn.functional.mse_loss(velocity, x_0 - eps)
    ### END SOLUTION

# %% check="flow_forward" points=4
checks.check_flow_forward(flow_forward)
### BEGIN HIDDEN TESTS
checks.check_flow_forward(flow_forward, seed=1)
checks.check_flow_forward(flow_forward, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# To draw, follow the velocity from noise to a picture in small steps, the simplest way to solve a differential equation (Euler):
#
# $$
# x_{t + 1/n} = x_t + \tfrac{1}{n}\, v_\theta(x_t, t), \qquad t = 0, \tfrac{1}{n}, \ldots, \tfrac{n - 1}{n}
# $$
#
# > **Exercise 11.5.** Write `flow_sample(unet, count, steps)` (six lines).

# %% exercise="flow_sample"
@torch.no_grad()
def flow_sample(unet, count, steps):
    """Return (count, 1, 28, 28), drawn from noise in that many Euler steps."""
    ### BEGIN SOLUTION
    unet.eval()
    place = next(unet.parameters()).device
    x = torch.randn(count, 1, 28, 28, device=place)
    for step in range(steps):
        x = x + unet(x, torch.full((count,), step / steps, device=place)) / steps
    return x
    ### END SOLUTION

# %% check="flow_sample" points=4
checks.check_flow_sample(flow_sample)
### BEGIN HIDDEN TESTS
checks.check_flow_sample(flow_sample, seed=1)
checks.check_flow_sample(flow_sample, seed=2)
### END HIDDEN TESTS
