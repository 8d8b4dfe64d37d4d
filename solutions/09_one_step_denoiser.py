# ---
# title: A one-step denoiser
# summary: A small U-Net, written block by block, learns to take the noise out of handwritten digits.
# times: {t4: 5 minutes, cpu: 3 minutes}
# weights: mnist_one_step
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
# **Notation used:** $x_0$, a clean picture, here (B, 1, 28, 28) with values in $[0, 1]$, and `x` in the code; $\epsilon$, standard normal
# noise. New: $\sigma$, the size of the noise; $x_\sigma$, a picture with noise of that size; $D_\theta$, the network.

# %% setup=true
from helpers import checks
from helpers.data import load_mnist, mnist_note, mnist_source
from helpers.fitting import fit
from helpers.networks import load_shipped
from helpers.plotting import plot_curves, show_images
from helpers.runtime import device, generator, mixed_precision

# %%
import torch
from torch import nn

digits, test = load_mnist("train"), load_mnist("test")
print(mnist_source())
print(f"{len(digits.images):,} digits to train on, {len(test.images):,} to test with")

# %% [markdown]
# ## The task
#
# Take a clean digit $x_0$, add noise of size $\sigma$:
#
# $$
# x_\sigma = x_0 + \sigma \epsilon, \qquad \epsilon \sim \mathcal N(0, I)
# $$
#
# and ask a network $D_\theta$ to undo it. Nothing is scaled down as the noise grows; compare with $x_t$ of chapter 2.
#
# > **Exercise 9.1.** Write `add_noise(x, sigma)`, which returns $x_\sigma$ (one line).

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
show_images([2 * picture - 1 for picture in rows], titles=titles, columns=7, width=1.3, note=mnist_note())

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
# L = \operatorname{mean}\, (D_\theta(x_\sigma) - x_0)^2, \qquad x_\sigma = x_0 + \sigma \epsilon
# $$
#
# Each batch gets new noise: the network sees every digit many times and never the same $x_\sigma$ twice.
#
# > **Exercise 9.7.** Write `train_step(unet, optimizer, x, sigma)`: one step of gradient descent on one batch. Return the
# > loss as a number (six lines).

# %% exercise="train_step"
def train_step(unet, optimizer, x, sigma):
    """Add noise to x, take one optimizer step on the mean squared error, and return that error as a float."""
    ### BEGIN SOLUTION
    noisy = add_noise(x, sigma)
    loss = nn.functional.mse_loss(unet(noisy), x)
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
# > **Predict.** The loss of a network that always returns black is the mean of $x_0^2$, 0.11. Where will yours begin, and
# > where will it end?

# %% figure="loss" alt="The loss over 1,170 steps on a logarithmic axis: it falls steeply within the first hundred steps and then slowly to 0.009." caption="The training loss, each point a mean of ten steps. On a CPU the last point is the steps trained here, with a new optimizer."
torch.manual_seed(0)
unet = UnconditionalUNet().to(device())
optimizer = torch.optim.Adam(unet.parameters(), lr=1e-4)

def one_batch(x, labels):
    return train_step(unet, optimizer, x, 0.5)

run = fit("one_step", unet, one_batch, optimizer, digits, batch_size=256, epochs=5)
plot_curves({"loss": (run.steps, run.losses)}, "step", "loss", log=True)
print(f"loss of the last 100 steps: {run.last_loss:.4f}")

# %% [markdown]
# ## Is mine good enough?
#
# The loss is the first number to compare with. Ours ended at 0.0089 for $D = 64$, and had 0.0088 on a thousand digits of the test
# set, which no training step has used; the field's notebooks, with $D = 128$, end between 0.0080 and 0.0088. The second is what
# you see on digits of the test set. `load_shipped` gives our network after some epochs of such a run; yours comes last.

# %% figure="after_epochs" alt="Five rows of five digits: clean, noisy, and denoised by a network after one epoch, after five, and by the notebook's own; after one epoch the strokes are soft, after five they are sharper." caption="Digits of the test set. From above: clean, with noise of size 0.5, denoised after epoch 1, after epoch 5, and by the network of this notebook."
@torch.no_grad()
def denoised(network, noisy):
    """Return the network's answer, batch norm in evaluation mode."""
    network.eval()
    with mixed_precision():
        return network(noisy.to(device())).float().cpu()

networks = [load_shipped("one_step", epoch=1).to(device()), load_shipped("one_step", epoch=5).to(device()), unet]
x = test.images[:5]
half_noisy = x + 0.5 * torch.randn(x.shape, generator=generator(1))
rows = [x, half_noisy, *(denoised(network, half_noisy) for network in networks)]
show_images([2 * picture[None] - 1 for row in rows for picture in row], columns=5, width=1.3, note=mnist_note())

# %% [markdown]
# > **Careful.** Batch norm has two modes. In training it uses the mean and spread of the batch; when you show or measure, call
# > `unet.eval()`, or the picture of a digit depends on the others of its batch.
#
# ## Other sizes of noise
#
# The network has seen $\sigma = 0.5$ and nothing else. What does it do with less noise, or more?
#
# > **Predict.** Draw the curve of the PSNR (chapter 3) against $\sigma$ from 0 to 1: of the noisy digits, and of the denoised
# > ones. Do the two meet?

# %% figure="other_sigmas" alt="Three rows of seven pictures for noise of size 0 to 1: clean digit, noisy, denoised. Up to 0.5 the digit comes back; at 0.8 and 1 it breaks into pieces." caption="The same digit with noise of size 0 to 1. Above: noisy. Below: denoised by a network that has seen 0.5 only."
noise = torch.randn(1, 1, 28, 28, generator=generator(2))
noisy = [test.images[:1] + sigma * noise for sigma in sigmas]
answers = [denoised(unet, picture) for picture in noisy]
titles = [f"σ = {sigma}" for sigma in sigmas] + [""] * 7
show_images([2 * picture - 1 for picture in noisy + answers], titles=titles, columns=7, width=1.3, note=mnist_note())

# %% figure="psnr_over_sigma" alt="PSNR over the size of the noise for noisy and denoised digits. The noisy digits' falls from above 30 dB to 0; the denoised ones' begins lower, is nearly flat at first and falls slowly. The two cross where the noise is below 0.1." caption="PSNR on 200 digits of the test set, before and after denoising."
def mean_psnr(pictures):
    """Return the mean over the pictures of the PSNR in dB, as in chapter 3 but for values from 0 to 1."""
    errors = (pictures - x).square().mean(dim=(1, 2, 3))
    return (-10 * errors.log10()).mean().item()

finer = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0]
x = test.images[:200]
noises = torch.randn(x.shape, generator=generator(2))
curves = {
    "noisy": (finer, [mean_psnr(x + sigma * noises) for sigma in finer]),
    "denoised": (finer, [mean_psnr(denoised(unet, x + sigma * noises)) for sigma in finer]),
}
plot_curves(curves, "σ", "PSNR in dB")

# %% [markdown]
# > **Look again.** Left of where the curves cross, the network takes more away than it mends. Why does a network that has seen only
# > $\sigma = 0.5$ change a digit that is nearly clean?
#
# ## Noise and nothing else
#
# A generator has to begin with noise. So train a second network to return a digit when it sees $\epsilon$ alone, with no digit
# in it. The loss is the same, and so is your `train_step`; only, the network looks away from $x_\sigma$.
#
# > **Predict.** Which digit will it draw?

# %% figure="from_pure_noise" alt="Two rows of pictures: five answers to pure noise, all the same soft blot in the middle, and the mean of all training digits, which looks like them." caption="Above: what the network returns for five pictures of pure noise. Below: the mean of all training digits."
class LookingAway(nn.Module):
    """A small network that gets pure noise in place of whatever it is called with."""

    def __init__(self):
        super().__init__()
        self.network = UnconditionalUNet(1, 16)

    def forward(self, x_noisy):
        return self.network(torch.randn_like(x_noisy))

torch.manual_seed(0)
dreamer = LookingAway().to(device())
optimizer = torch.optim.Adam(dreamer.parameters(), lr=3e-3)
for _ in range(60):
    batch = digits.images[torch.randint(len(digits.images), (128,))]
    train_step(dreamer, optimizer, batch.to(device()), 0.5)
dreams = denoised(dreamer, torch.zeros(5, 1, 28, 28))
mean_digit = digits.images.mean(dim=0, keepdim=True)
show_images([2 * picture[None] - 1 for picture in [*dreams, *mean_digit]], columns=5, width=1.3, note=mnist_note())
print(f"distance of an answer to the mean digit: {(dreams - mean_digit).square().mean().sqrt():.3f}")
print(f"distance of a digit to the mean digit:   {(digits.images[:1000] - mean_digit).square().mean().sqrt():.3f}")

# %% [markdown]
# The noise says nothing about the digit. Of all answers that do not depend on their input, the one with the smallest mean
# squared error is the mean. One step from pure noise cannot draw a digit, however long you train; many small steps can, each of
# which has to decide little. That is the next chapter.
#
# ## Why the mean?
#
# This answer is read by a person.
#
# > **Rubric** (4 points). 1 point: says that the noise carries no information about the digit. 1 point: shows that the mean
# > minimises the expected squared error, by a derivative or by the spread around the mean. 1 point: says what the answer at
# > $\sigma = 0.5$ has in common with it, the mean over the digits that fit $x_\sigma$. 1 point: says what another loss would give, such
# > as the median for the absolute error.

# %% [markdown] reflection="why_the_mean" points=4
# **Why does the network answer with the mean digit, and what does that have to do with its soft strokes at $\sigma = 0.5$?**
#
# ### BEGIN SOLUTION
# Pure noise is independent of the digit, so the best answer is one picture a for all inputs. The expected loss E (a - x_0)^2 has
# the derivative 2 (a - E x_0), zero at a = E x_0: the mean of all digits, pixel by pixel. In general the best answer is the
# mean of all digits that fit the input, E[x_0 | x_sigma]. At sigma = 0.5 a few fit, for example a stroke a little to the left or to the
# right, and their mean has soft edges. With the absolute error the best answer would be the median of each pixel, which for pure
# noise is black nearly everywhere.
# ### END SOLUTION

# %% [markdown]
# ## Further reading
#
# - {cite:t}`ronneberger2015unet`: the U-Net, drawn for cells under a microscope.
# - {cite:t}`ho2020denoising`: the same network at every noise level; chapters 10 and 11.
