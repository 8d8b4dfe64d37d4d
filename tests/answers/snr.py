# %% right="plain"
def snr(t):
    abar = alphas_cumprod[t]
    return abar / (1 - abar)

# %% right="float"
def snr(t):
    abar = alphas_cumprod[t]
    return float(abar) / (1 - float(abar))

# %% right="logit"
def snr(t):
    return torch.exp(torch.logit(alphas_cumprod[t].double()))

# %% right="numpy"
import numpy as np


def snr(t):
    a = np.sqrt(alphas_cumprod.numpy()[t])
    return np.square(a) / (1 - np.square(a))

# %% right="one_element"
def snr(t):
    abar = alphas_cumprod[t]
    return (abar / (1 - abar)).reshape(1)

# %% right="one_over"
def snr(t):
    abar = alphas_cumprod[t]
    return 1 / (1 / abar - 1)

# %% wrong="alpha_for_alpha_bar" of="logit"
# -     return torch.exp(torch.logit(alphas_cumprod[t].double()))
# +     alpha = alphas_cumprod[t] / alphas_cumprod[t - 1] if t else alphas_cumprod[0]
# +     return alpha / (1 - alpha)

# %% wrong="snr_in_decibels" of="plain"
# -     return abar / (1 - abar)
# +     return 10 * torch.log10(abar / (1 - abar))

# %% wrong="snr_inverted" of="plain"
# -     return abar / (1 - abar)
# +     return (1 - abar) / abar

# %% wrong="snr_is_alpha_bar" of="plain"
# -     return abar / (1 - abar)
# +     return abar

# %% wrong="snr_of_amplitudes" of="plain"
# -     return abar / (1 - abar)
# +     return (abar / (1 - abar)).sqrt()
