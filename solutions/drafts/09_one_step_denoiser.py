# ---
# title: A one-step denoiser
# summary: A small U-Net, written block by block, learns to take the noise out of handwritten digits.
# times: {t4: 5 minutes, cpu: 3 minutes}
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 9. A one-step denoiser
#
# Part A used a network that somebody had trained. From here on you train your own. This chapter builds a U-Net
# {cite:p}`ronneberger2015unet` out of seven small operations and teaches it one thing: given a noisy digit, return the
# digit. Chapters 10 and 11 turn the same network into a diffusion model.
#
# > **Goals.** After this chapter you can
# >
# > - say what each operation of a U-Net does to the shape of its input, and join them;
# > - write a training step, and tell from the loss curve whether it works;
# > - say what a network returns that sees noise and nothing else, and why.
#
# **Notation used:** $x$, a picture, here (B, 1, 28, 28) with values in $[0, 1]$; $\epsilon$, standard normal noise. New:
# $\sigma$, the size of the noise; $z$, a noisy picture; $D_\theta$, the network.

# %% setup=true
from helpers import checks
from helpers.data import load_mnist, mnist_source
from helpers.fitting import fit
from helpers.plotting import plot_curves, show_images
from helpers.runtime import device, generator

# %%
import torch
from torch import nn
from helpers.sampling import psnr

digits, test = load_mnist("train"), load_mnist("test")
print(mnist_source())
print(f"{len(digits.images):,} digits to train on, {len(test.images):,} to test with")

# %% [markdown]
# ## The task
#
# Take a clean digit $x$, add noise of size $\sigma$:
#
# $$
# z = x + \sigma \epsilon, \qquad \epsilon \sim \mathcal N(0, I)
# $$
#
# and ask a network $D_\theta$ to undo it. Nothing is scaled down as the noise grows; compare with $x_t$ of chapter 2.
#
# > **Exercise 9.1.** Write `add_noise(x, sigma)`, which returns $z$ (one line).

# %% exercise="add_noise"
def add_noise(x, sigma):
    """Return x with Gaussian noise of standard deviation sigma, shaped like x."""
    ### BEGIN SOLUTION
    return x + sigma * torch.randn_like(x)
    ### END SOLUTION

# %% check="add_noise" points=2
checks.check_add_noise(add_noise)
### BEGIN HIDDEN TESTS
checks.check_add_noise(add_noise, seed=1)
checks.check_add_noise(add_noise, seed=2)
### END HIDDEN TESTS

# %% figure="noisy_digits" alt="Three digits in seven columns, from clean on the left to noise of size 1 on the right, where they can hardly be read." caption="Three digits of the training set with noise of size 0 to 1."
sigmas = [0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0]
torch.manual_seed(0)
rows = [add_noise(x[None], sigma) for x in digits.images[:3] for sigma in sigmas]
titles = [f"σ = {sigma}" for sigma in sigmas] + [""] * 14
show_images([2 * z - 1 for z in rows], titles=titles, columns=7, width=1.3)

# %% [markdown]
# > **Look again.** Up to which $\sigma$ can you read the digits? Your eye is a denoiser, too; it knows what digits look like.
#
# ## Seven operations
#
# A U-Net looks at a picture at several sizes. On the way down it halves the picture twice and then squeezes it to a single
# pixel; on the way up it does the reverse, and at each size it joins what it kept from the way down (the *skip connections*).
# For that it needs operations that keep a size, halve it, double it, and go to one pixel and back:
#
# | operation | layers | shape |
# |---|---|---|
# | Conv | `Conv2d`, kernel 3, stride 1, padding 1; `BatchNorm2d`; `GELU` | (C, H, W) to (D, H, W) |
# | DownConv | `Conv2d`, kernel 3, stride 2, padding 1; `BatchNorm2d`; `GELU` | (C, H, W) to (D, H/2, W/2) |
# | UpConv | `ConvTranspose2d`, kernel 4, stride 2, padding 1; `BatchNorm2d`; `GELU` | (C, H, W) to (D, 2H, 2W) |
# | Flatten | `AvgPool2d`, kernel 7; `GELU` | (C, 7, 7) to (C, 1, 1) |
# | Unflatten | `ConvTranspose2d`, kernel 7, stride 7, padding 0; `BatchNorm2d`; `GELU` | (C, 1, 1) to (C, 7, 7) |
# | ConvBlock | two Convs | (C, H, W) to (D, H, W) |
# | DownBlock, UpBlock | a DownConv or UpConv, then a ConvBlock | as their first part |
#
# The first one is written for you, as a function that returns a module:

# %%
def conv(in_channels, out_channels):
    """Return a module: (B, in, H, W) -> (B, out, H, W)."""
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, 1, 1), nn.BatchNorm2d(out_channels), nn.GELU())

# %% [markdown]
# > **Exercise 9.2.** Write `down_conv(in_channels, out_channels)` in the same manner (one line).

# %% exercise="down_conv"
def down_conv(in_channels, out_channels):
    """Return a module: (B, in, H, W) -> (B, out, H/2, W/2)."""
    ### BEGIN SOLUTION
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU())
    ### END SOLUTION

# %% check="down_conv" points=1
checks.check_down_conv(down_conv)
### BEGIN HIDDEN TESTS
checks.check_down_conv(down_conv, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# > **Exercise 9.3.** Write `up_conv(in_channels, out_channels)` (one line).

# %% exercise="up_conv"
def up_conv(in_channels, out_channels):
    """Return a module: (B, in, H, W) -> (B, out, 2H, 2W)."""
    ### BEGIN SOLUTION
    return nn.Sequential(nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1), nn.BatchNorm2d(out_channels), nn.GELU())
    ### END SOLUTION

# %% check="up_conv" points=1
checks.check_up_conv(up_conv)
### BEGIN HIDDEN TESTS
checks.check_up_conv(up_conv, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# > **Exercise 9.4.** Write `flatten()` (one line).

# %% exercise="flatten"
def flatten():
    """Return a module: (B, C, 7, 7) -> (B, C, 1, 1)."""
    ### BEGIN SOLUTION
    return nn.Sequential(nn.AvgPool2d(7), nn.GELU())
    ### END SOLUTION

# %% check="flatten" points=1
checks.check_flatten(flatten)
### BEGIN HIDDEN TESTS
checks.check_flatten(flatten, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# > **Exercise 9.5.** Write `unflatten(in_channels)` (one line).

# %% exercise="unflatten"
def unflatten(in_channels):
    """Return a module: (B, C, 1, 1) -> (B, C, 7, 7)."""
    ### BEGIN SOLUTION
    return nn.Sequential(nn.ConvTranspose2d(in_channels, in_channels, 7, 7), nn.BatchNorm2d(in_channels), nn.GELU())
    ### END SOLUTION

# %% check="unflatten" points=1
checks.check_unflatten(unflatten)
### BEGIN HIDDEN TESTS
checks.check_unflatten(unflatten, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# The blocks follow from these:

# %%
def conv_block(in_channels, out_channels):
    return nn.Sequential(conv(in_channels, out_channels), conv(out_channels, out_channels))

def down_block(in_channels, out_channels):
    return nn.Sequential(down_conv(in_channels, out_channels), conv_block(out_channels, out_channels))

def up_block(in_channels, out_channels):
    return nn.Sequential(up_conv(in_channels, out_channels), conv_block(out_channels, out_channels))

# %% [markdown]
# ## The U-Net
#
# $D$ is the width of the network. Each line is a step; the numbers are (channels, height, width):
#
# | step | input | output |
# |---|---|---|
# | first: ConvBlock | (1, 28, 28) | (D, 28, 28) |
# | down1: DownBlock | | (D, 14, 14) |
# | down2: DownBlock | | (2D, 7, 7) |
# | Flatten, Unflatten | | (2D, 1, 1), (2D, 7, 7) |
# | up1: UpBlock | Unflatten's output joined with down2's, (4D, 7, 7) | (D, 14, 14) |
# | up2: UpBlock | up1's joined with down1's, (2D, 14, 14) | (D, 28, 28) |
# | last: ConvBlock | up2's joined with first's, (2D, 28, 28) | (D, 28, 28) |
# | out: `Conv2d`, kernel 3, stride 1, padding 1 | | (1, 28, 28) |
#
# *Joined* means `torch.cat([a, b], dim=1)`. The last convolution stands alone: GELU behind it would cut off what lies
# below 0.
#
# > **Exercise 9.6.** Write the `forward` of the network (eight lines). Its layers are given.

# %% exercise="UnconditionalUNet"
class UnconditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64):
        super().__init__()
        self.first = conv_block(in_channels, num_hiddens)
        self.down1 = down_block(num_hiddens, num_hiddens)
        self.down2 = down_block(num_hiddens, 2 * num_hiddens)
        self.squeeze = nn.Sequential(flatten(), unflatten(2 * num_hiddens))
        self.up1 = up_block(4 * num_hiddens, num_hiddens)
        self.up2 = up_block(2 * num_hiddens, num_hiddens)
        self.last = conv_block(2 * num_hiddens, num_hiddens)
        self.out = nn.Conv2d(num_hiddens, in_channels, 3, 1, 1)

    def forward(self, x):
        """Return (B, 1, 28, 28) for noisy pictures x of that shape."""
        ### BEGIN SOLUTION
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = self.squeeze(at_7)
        up = self.up1(torch.cat([up, at_7], dim=1))
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)
        ### END SOLUTION

# %% check="UnconditionalUNet" points=5
checks.check_UnconditionalUNet(UnconditionalUNet)
### BEGIN HIDDEN TESTS
checks.check_UnconditionalUNet(UnconditionalUNet, seed=1)
checks.check_UnconditionalUNet(UnconditionalUNet, seed=2)
### END HIDDEN TESTS

# %%
for num_hiddens in (64, 128):
    unet = UnconditionalUNet(1, num_hiddens)
    print(f"D = {num_hiddens:3}: {sum(p.numel() for p in unet.parameters()):,} parameters")

# %% [markdown]
# ## Training
#
# The network is trained to return the digit itself, with the mean squared error as its loss:
#
# $$
# L = \operatorname{mean}\, (D_\theta(z) - x)^2, \qquad z = x + \sigma \epsilon
# $$
#
# Each batch gets new noise: the network sees every digit many times and never the same $z$ twice.
#
# > **Exercise 9.7.** Write `train_step(unet, optimizer, x, sigma)`: one step of gradient descent on one batch. Return the
# > loss as a number (six lines).

# %% exercise="train_step"
def train_step(unet, optimizer, x, sigma):
    """Add noise to x, take one optimizer step on the mean squared error, and return that error as a float."""
    ### BEGIN SOLUTION
    z = add_noise(x, sigma)
    loss = nn.functional.mse_loss(unet(z), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION

# %% check="train_step" points=5
checks.check_train_step(train_step)
### BEGIN HIDDEN TESTS
checks.check_train_step(train_step, seed=1)
checks.check_train_step(train_step, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# Five epochs with $\sigma = 0.5$, batches of 256 and Adam with a learning rate of $10^{-4}$. On a GPU that takes minutes. On two
# CPU cores it takes an hour, so there the cell takes the weights that came out of such a run and trains a few steps more;
# `COURSE_PROFILE=colab` trains in full.
#
# > **Predict.** The loss of a network that always returns black is the mean of $x^2$, 0.10. Where will yours begin, and
# > where will it end?

# %% figure="loss" alt="The loss over 1,170 steps on a logarithmic axis: it falls steeply within the first hundred steps and then slowly to just above 0.008." caption="The training loss, each point a mean of ten steps. The field's notebooks end between 0.0080 and 0.0088."
torch.manual_seed(0)
unet = UnconditionalUNet().to(device())
optimizer = torch.optim.Adam(unet.parameters(), lr=1e-4)
run = fit("one_step", unet, lambda x, labels: train_step(unet, optimizer, x, 0.5), optimizer, digits, batch_size=256, epochs=5)
plot_curves({"loss": (run.steps, run.losses)}, "step", "loss", log=True)
print(f"loss of the last 100 steps: {run.last_loss:.4f}")

# %% [markdown]
# ## Is mine good enough?
#
# The loss of the last steps is the first number to compare with: 0.0080 to 0.0088. The second is what you see on digits
# of the test set, which no training step has used.

# %% figure="after_epochs" alt="Four rows of five digits: clean, noisy, and denoised after one epoch and after five; after five the strokes are sharper." caption="Digits of the test set: clean, with noise of size 0.5, denoised after epoch 1 and after epoch 5."
def denoised(unet, z):
    """Return the network's answer, batch norm in evaluation mode."""
    unet.eval()
    with torch.no_grad():
        return unet(z.to(device())).cpu()

x = test.images[:5]
z = x + 0.5 * torch.randn(x.shape, generator=generator(1))
rows = [*x, *z, *denoised(run.after(1), z), *denoised(run.after(5), z)]
show_images([2 * picture[None] - 1 for picture in rows], columns=5, width=1.3)
