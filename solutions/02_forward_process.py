# ---
# title: The forward process
# summary: Noise is added to a picture until nothing is left. One line does it, for every time at once.
# times: {t4: 1 minute, cpu: 1 minute}
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. The forward process
#
# A denoiser learns from pictures that were made noisy on purpose. How they are made noisy is the forward process: a fixed
# recipe with nothing to learn. It decides what the network will see, so it comes first.
#
# > **Goals.** After this chapter you can
# >
# > - add the noise of any time $t$ to a picture in one line;
# > - read a noise schedule by its signal-to-noise ratio;
# > - show by number that one jump does what hundreds of small steps do.
#
# **Notation used:** $x_0$, the clean picture (`im`); $x_t$, the picture at noise level $t$; $\beta_t$, the noise variance
# of one step; $\alpha_t = 1 - \beta_t$; $\bar\alpha_t$, the product of all $\alpha_s$ up to $t$ (`alphas_cumprod`);
# $\epsilon$, noise from $\mathcal{N}(0, \mathbf{I})$.

# %% setup=true
import torch
from helpers.checks import check_forward, check_small_steps, check_snr
from helpers.data import load_photo, photo_caption, photo_names
from helpers.plotting import plot_curves, show_images
from helpers.schedules import alphas_cumprod_of, squaredcos_betas
torch.manual_seed(0);

# %% [markdown]
# ## The schedule
#
# The schedule is a list of $T = 1000$ numbers $\beta_t$. Ours is the cosine schedule of {cite:t}`nichol2021improved`,
# eq. 17, which DeepFloyd IF and the pocket model were trained with. `alphas_cumprod[t]` is $\bar\alpha_t$: what is left of
# the picture's variance at time $t$.

# %%
betas = squaredcos_betas()
alphas_cumprod = alphas_cumprod_of(betas)
for t in (0, 250, 500, 750, 999):
    print(f"t = {t:3}   beta_t = {betas[t]:.6f}   alphas_cumprod[t] = {alphas_cumprod[t]:.6f}")

# %% [markdown]
# Here are the pictures that we will spoil. They are photographs: nothing in this course was ever trained on them.

# %% figure="photographs" alt="Four photographs, cropped to squares of 64 by 64 pixels." caption="The photographs of this chapter, 64 × 64 pixels."
names = photo_names()[:4]
photos = [load_photo(name, 64) for name in names]
show_images(photos, titles=[name.replace("_", " ") for name in names])
for name in names:
    print(photo_caption(name))

# %% [markdown]
# ## One jump
#
# The noisy picture at any time $t$ is one weighted sum ({cite:t}`ho2020denoising`, eq. 4):
#
# $$
# x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon, \qquad \epsilon \sim \mathcal{N}(0, \mathbf{I})
# $$
#
# Mind the two square roots. $\bar\alpha_t$ counts variances, and a picture that is multiplied by $c$ has $c^2$ times its
# variance.
#
# > **Exercise 2.1.** Write `forward(im, t)`, which returns $x_t$ for pictures `im` (B, 3, H, W) in $[-1, 1]$. Draw new noise
# > at each call, for every pixel, channel and picture (three lines).

# %% exercise="forward"
def forward(im, t):
    """Return im at noise level t, a tensor of the same shape."""
    ### BEGIN SOLUTION
    alpha_bar_t = alphas_cumprod[t]
    eps = torch.randn_like(im)
    return alpha_bar_t.sqrt() * im + (1 - alpha_bar_t).sqrt() * eps
    ### END SOLUTION

# %% check="forward" points=5
check_forward(forward)
### BEGIN HIDDEN TESTS
check_forward(forward, seed=1)
check_forward(forward, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Predict.** At which of $t = 250, 500, 750$ will you no longer know what a picture shows?

# %% figure="forward" alt="A photograph four times: clean, with little noise at t = 250, with much at t = 500, and lost in noise at t = 750." caption="One photograph at $t = 0, 250, 500, 750$. Large shapes outlive small ones."
for im, name in zip(photos[:2], names):
    noisy = [forward(im, t) for t in (250, 500, 750)]
    show_images([im, *noisy], titles=[name.replace("_", " "), "t = 250", "t = 500", "t = 750"], width=1.9)

# %% [markdown]
# > **Look again.** Step back from the screen, or shrink the page: at $t = 750$ you may recognise more. Your eye has just
# > averaged neighbouring pixels. Noise averages out; what is large in the picture does not. Chapter 3 begins there.
#
# ## How much picture is left?
#
# The ratio of the picture's variance to the noise's says how hard the denoiser's task is at time $t$:
#
# $$
# \mathrm{SNR}(t) = \frac{\bar\alpha_t}{1 - \bar\alpha_t}
# $$
#
# > **Exercise 2.2.** Write `snr(t)`, a single number (one line).

# %% exercise="snr"
def snr(t):
    """Return the signal-to-noise ratio of x_t."""
    ### BEGIN SOLUTION
    return alphas_cumprod[t] / (1 - alphas_cumprod[t])
    ### END SOLUTION

# %% check="snr" points=2
check_snr(snr)
### BEGIN HIDDEN TESTS
check_snr(snr, seed=1)
check_snr(snr, seed=2)
### END HIDDEN TESTS

# %% figure="schedule" alt="Two curves over t from 0 to 999: alphas_cumprod falls from one to zero, and its complement rises from zero to one. They cross near t = 500." caption="What is left of the picture's variance and what the noise has taken. The two always add up to 1."
times = torch.arange(1000)
plot_curves(
    {"picture: alphas_cumprod": (times, alphas_cumprod), "noise: 1 - alphas_cumprod": (times, 1 - alphas_cumprod)},
    "time t",
    "share of the variance",
)

# %% figure="snr" alt="The signal-to-noise ratio on a logarithmic axis falls from above ten thousand at t = 0 to below one hundred-millionth at t = 999 and crosses 1 near t = 495." caption="The signal-to-noise ratio falls over more than twelve powers of ten. At the dotted line signal and noise are equal."
balance = min(range(1000), key=lambda t: abs(snr(t) - 1))
curve = {"SNR": (times, [float(snr(t)) for t in range(1000)])}
plot_curves(curve, "time t", "signal-to-noise ratio", log=True, marks={f"SNR = 1 at t = {balance}": balance})

# %% [markdown]
# ## The variance is preserved
#
# The two shares add up to 1. So if the pictures have variance 1, $x_t$ has variance 1 at every $t$, and the network never
# meets numbers that are too large or too small. Here it is measured, on a photograph that was brought to mean 0 and
# variance 1.

# %% figure="variance" alt="Two curves over t. The measured variance of x_t stays within a few per cent of 1. Without the square roots it sags to one half near t = 500." caption="Measured variance of $x_t$ for a picture of variance 1, and what becomes of it when the square roots are forgotten."
im = load_photo(names[0], 64)
standard = (im - im.mean()) / im.std()
some_times = list(range(0, 1000, 10))
rootless = [(alphas_cumprod[t] * standard + (1 - alphas_cumprod[t]) * torch.randn_like(standard)).var() for t in some_times]
curves = {"your forward": (some_times, [forward(standard, t).var() for t in some_times])}
curves["the same without square roots"] = (some_times, rootless)
plot_curves(curves, "time t", "variance of x_t")

# %% [markdown]
# > **Look again.** The upper curve wobbles by a per cent or two. Where does it wobble least, and why there?
#
# ## One jump equals many steps
#
# The forward process is defined by small steps, each of which shrinks the picture a little and adds a little noise
# ({cite:t}`ho2020denoising`, eq. 2):
#
# $$
# x_s = \sqrt{1 - \beta_s}\, x_{s-1} + \sqrt{\beta_s}\, z_s, \qquad z_s \sim \mathcal{N}(0, \mathbf{I}), \qquad s = 0, 1, \ldots, t
# $$
#
# where the first step starts from the clean picture. Why may we jump? Independent Gaussian noises add up to one Gaussian
# noise whose variance is the sum of theirs. Each step multiplies the variance that is there by $1 - \beta_s$ and adds
# $\beta_s$. After all of them, $\bar\alpha_t$ of the picture's variance is left and $1 - \bar\alpha_t$ is noise. You do not
# have to believe it: walk.
#
# > **Exercise 2.3.** Write `small_steps(im, t)`, which takes the steps $s = 0, 1, \ldots, t$ one by one, each with new
# > noise, and never uses `alphas_cumprod` (three lines).

# %% exercise="small_steps"
def small_steps(im, t):
    """Return im after the t + 1 steps 0, 1, ..., t, a tensor of the same shape."""
    ### BEGIN SOLUTION
    for s in range(t + 1):
        im = (1 - betas[s]).sqrt() * im + betas[s].sqrt() * torch.randn_like(im)
    return im
    ### END SOLUTION

# %% check="small_steps" points=4
check_small_steps(small_steps)
### BEGIN HIDDEN TESTS
check_small_steps(small_steps, seed=1)
check_small_steps(small_steps, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# Now the comparison, by number. The factor of the picture is found by comparing $x_t$ with the picture, the size of the
# noise by what is left over.

# %%
def measured(noisy, im):
    """Return the factor of im in a noisy picture and the standard deviation of the rest."""
    factor = (noisy * im).sum() / im.square().sum()
    return factor.item(), (noisy - factor * im).std().item()

many = torch.cat([standard] * 20)
print(" t     many small steps       one jump            the formula")
for t in (100, 250, 500, 750):
    walked, jumped = measured(small_steps(many, t), many), measured(forward(many, t), many)
    formula = alphas_cumprod[t].sqrt().item(), (1 - alphas_cumprod[t]).sqrt().item()
    print(f"{t:3}" + "".join(f"   {factor:.3f} im + {noise:.3f} eps" for factor, noise in (walked, jumped, formula)))

# %% [markdown]
# > **Look again.** 751 steps and one jump agree to the second or third decimal. Which of the two columns would get closer
# > to the formula if you used 80 copies of the picture in place of 20?
#
# > **Careful.** With this schedule $\bar\alpha_{999}$ is about $10^{-9}$: nothing of the picture is left at the end, which
# > is what sampling from pure noise relies on. Not every schedule in use does that, as chapters 10 and 12 will show.
#
# ## Further reading
#
# - {cite:t}`ho2020denoising`, section 2: the forward process in two paragraphs.
# - {cite:t}`nichol2021improved`, section 3.2: why a cosine.
# - {cite:t}`lin2024common`: schedules in wide use that never reach pure noise, and what that does to pictures.
