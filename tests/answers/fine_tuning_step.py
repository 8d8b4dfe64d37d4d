# %% right="plain"
def fine_tuning_step(unet, scheduler, x_0):
    t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
    eps = torch.randn_like(x_0)
    x_t = scheduler.add_noise(x_0, eps, t)
    return torch.nn.functional.mse_loss(unet(x_t, t).sample, eps)

# %% right="by_picture"
import random

def fine_tuning_step(unet, scheduler, x_0):
    times, noises, noisy = [], [], []
    for picture in x_0:
        t = random.randrange(scheduler.config.num_train_timesteps)
        eps = torch.randn(picture.shape)
        noisy.append(scheduler.add_noise(picture[None], eps[None], torch.tensor([t])))
        times.append(t)
        noises.append(eps)
    answer = unet(torch.cat(noisy), torch.tensor(times)).sample
    return torch.nn.MSELoss()(answer, torch.stack(noises))

# %% right="class_based"
class Objective:
    def __init__(self, unet, scheduler):
        self.unet, self.scheduler = unet, scheduler

    def __call__(self, x_0):
        eps = torch.randn_like(x_0)
        t = torch.randint_like(x_0[:, 0, 0, 0], self.scheduler.config.num_train_timesteps).long()
        x_t = self.scheduler.add_noise(original_samples=x_0, noise=eps, timesteps=t)
        return F.mse_loss(self.unet(sample=x_t, timestep=t)["sample"], eps, reduction="mean")


def fine_tuning_step(unet, scheduler, x_0):
    return Objective(unet, scheduler)(x_0)

# %% right="long_hand"
def fine_tuning_step(unet, scheduler, x_0):
    abar = scheduler.alphas_cumprod
    t = torch.randint(0, len(abar), (len(x_0),))
    eps = torch.normal(torch.zeros_like(x_0), 1.0)
    kept = abar[t][:, None, None, None]
    x_t = kept.sqrt() * x_0 + (1 - kept).sqrt() * eps
    return (unet(x_t, t).sample - eps).pow(2).mean()

# %% right="numpy_times"
import numpy as np

def fine_tuning_step(unet, scheduler, x_0):
    t = torch.from_numpy(np.random.randint(0, scheduler.config.num_train_timesteps, len(x_0)))
    noise = torch.empty_like(x_0).normal_()
    residual = noise - unet(scheduler.add_noise(x_0, noise, t), t)[0]
    return residual.square().flatten(1).mean(1).mean()

# %% right="on_cuda"
def fine_tuning_step(unet, scheduler, x_0):
    clean = x_0.to("cuda")
    noise = torch.randn(clean.shape, device="cuda")
    timesteps = torch.randint(0, scheduler.config.num_train_timesteps, (clean.shape[0],), device="cuda")
    noisy = scheduler.add_noise(clean, noise, timesteps)
    return torch.nn.functional.mse_loss(unet(noisy.cuda(), timesteps).sample, noise)

# %% right="tuple_answer"
def fine_tuning_step(unet, scheduler, x_0):
    eps = torch.randn(x_0.shape)
    t = torch.randint(scheduler.config.num_train_timesteps, size=(x_0.shape[0],)).long()
    eps_pred = unet(scheduler.add_noise(x_0, eps, t), t, return_dict=False)[0]
    return ((eps_pred - eps) ** 2).mean()

# %% wrong="a_thousand_times" of="plain"
# -     t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
# +     t = torch.randint(0, 1000, (len(x_0),), device=x_0.device)

# %% wrong="absolute_error" of="plain"
# -     return torch.nn.functional.mse_loss(unet(x_t, t).sample, eps)
# +     return torch.nn.functional.l1_loss(unet(x_t, t).sample, eps)

# %% wrong="alpha_for_alpha_bar" of="plain"
# -     x_t = scheduler.add_noise(x_0, eps, t)
# +     x_t = (lambda a: a.sqrt() * x_0 + (1 - a).sqrt() * eps)(scheduler.alphas[t].reshape(-1, 1, 1, 1))

# %% wrong="factors_swapped" of="plain"
# -     x_t = scheduler.add_noise(x_0, eps, t)
# +     x_t = scheduler.add_noise(eps, x_0, t)

# %% wrong="made_0_to_1" of="plain"
# -     x_t = scheduler.add_noise(x_0, eps, t)
# +     x_t = scheduler.add_noise((x_0 + 1) / 2, eps, t)

# %% wrong="misses_first" of="plain"
# -     t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
# +     t = torch.randint(1, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)

# %% wrong="misses_last" of="plain"
# -     t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
# +     t = torch.randint(0, scheduler.config.num_train_timesteps - 1, (len(x_0),), device=x_0.device)

# %% wrong="no_square_roots" of="plain"
# -     x_t = scheduler.add_noise(x_0, eps, t)
# +     x_t = (lambda a: a * x_0 + (1 - a) * eps)(scheduler.alphas_cumprod[t].reshape(-1, 1, 1, 1))

# %% wrong="noise_drawn_twice" of="plain"
# -     x_t = scheduler.add_noise(x_0, eps, t)
# +     x_t = scheduler.add_noise(x_0, torch.randn_like(x_0), t)

# %% wrong="noise_fixed" of="plain"
#       t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
# +     torch.manual_seed(0)

# %% wrong="noise_shared" of="plain"
# -     eps = torch.randn_like(x_0)
# +     eps = torch.randn_like(x_0[:1]).expand_as(x_0)

# %% wrong="noise_shared__channels" of="plain"
# -     eps = torch.randn_like(x_0)
# +     eps = torch.randn_like(x_0[:, :1]).expand_as(x_0)

# %% wrong="one_time_for_all" of="plain"
# -     t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
# +     t = torch.randint(0, scheduler.config.num_train_timesteps, (1,), device=x_0.device)

# %% wrong="one_time_for_all__a_number" of="plain"
# -     t = torch.randint(0, scheduler.config.num_train_timesteps, (len(x_0),), device=x_0.device)
# +     t = torch.randint(0, scheduler.config.num_train_timesteps, (1,)).item() * torch.ones(len(x_0), dtype=torch.long)

# %% wrong="scaled_twice" of="plain"
# -     x_t = scheduler.add_noise(x_0, eps, t)
# +     x_t = scheduler.add_noise(2 * x_0 - 1, eps, t)

# %% wrong="signal_not_scaled" of="plain"
# -     x_t = scheduler.add_noise(x_0, eps, t)
# +     x_t = x_0 + (1 - scheduler.alphas_cumprod[t].reshape(-1, 1, 1, 1)).sqrt() * eps

# %% wrong="summed" of="plain"
# -     return torch.nn.functional.mse_loss(unet(x_t, t).sample, eps)
# +     return torch.nn.functional.mse_loss(unet(x_t, t).sample, eps, reduction="sum")

# %% wrong="t_normalised" of="plain"
# -     return torch.nn.functional.mse_loss(unet(x_t, t).sample, eps)
# +     return torch.nn.functional.mse_loss(unet(x_t, t / scheduler.config.num_train_timesteps).sample, eps)

# %% wrong="target_is_x_0" of="plain"
# -     return torch.nn.functional.mse_loss(unet(x_t, t).sample, eps)
# +     return torch.nn.functional.mse_loss(unet(x_t, t).sample, x_0)

# %% wrong="target_is_x_t" of="plain"
# -     return torch.nn.functional.mse_loss(unet(x_t, t).sample, eps)
# +     return torch.nn.functional.mse_loss(unet(x_t, t).sample, x_t)

# %% wrong="uniform_noise" of="plain"
# -     eps = torch.randn_like(x_0)
# +     eps = torch.rand_like(x_0)
