# %% right="plain"
@torch.no_grad()
def draw_postcards(unet, scheduler, x_T):
    unet.eval()
    x_t = x_T
    for t in scheduler.timesteps:
        eps = unet(scheduler.scale_model_input(x_t, t), t).sample
        x_t = scheduler.step(eps, t, x_t).prev_sample
    return x_t

# %% right="class_based"
class Painter:
    def __init__(self, unet, scheduler):
        self.unet, self.scheduler = unet.eval(), scheduler

    @torch.no_grad()
    def step(self, x, t):
        answer = self.unet(self.scheduler.scale_model_input(x, t), torch.full((len(x),), int(t)))
        return self.scheduler.step(model_output=answer.sample, timestep=t, sample=x).prev_sample

    def draw(self, x):
        for t in self.scheduler.timesteps:
            x = self.step(x, t).detach()
        return x


def draw_postcards(unet, scheduler, x_T):
    return Painter(unet, scheduler).draw(x_T)

# %% right="generator_inside"
@torch.no_grad()
def steps_of(unet, scheduler, x):
    for t in scheduler.timesteps:
        times = t.expand(len(x))
        x = scheduler.step(unet(scheduler.scale_model_input(x, t), times).sample, int(t), x)[0]
        yield x

def draw_postcards(unet, scheduler, x_T):
    unet.eval()
    *_, last = steps_of(unet, scheduler, x_T)
    return last.clamp(-1, 1)

# %% right="on_cuda"
def draw_postcards(unet, scheduler, x_T):
    unet = unet.cuda().eval()
    x = x_T.to("cuda")
    for i, t in enumerate(scheduler.timesteps):
        model_input = scheduler.scale_model_input(x, t)
        with torch.no_grad():
            noise_pred = unet(model_input, t)["sample"]
        x = scheduler.step(noise_pred, t, x).prev_sample
    return x.cpu()

# %% right="one_by_one"
@torch.no_grad()
def draw_postcards(unet, scheduler, x_T):
    unet.eval()
    cards = []
    for x in x_T.split(1):
        for t in scheduler.timesteps:
            x = scheduler.step(unet(scheduler.scale_model_input(x, t), t).sample, t, x).prev_sample
        cards.append(x)
    return torch.cat(cards)

# %% right="reduced"
from functools import reduce

def draw_postcards(unet, scheduler, x_T):
    unet.eval().requires_grad_(False)

    def step(x, t):
        return scheduler.step(unet(scheduler.scale_model_input(x, t), t).sample, t, x).prev_sample

    return reduce(step, scheduler.timesteps, x_T)

# %% right="tuples"
def draw_postcards(unet, scheduler, x_T):
    unet.train(False)
    x = x_T.clone()
    with torch.inference_mode():
        for t in scheduler.timesteps.tolist():
            eps = unet(scheduler.scale_model_input(x, timestep=t), t, return_dict=False)[0]
            x = scheduler.step(eps, t, x, return_dict=False)[0]
    return x

# %% wrong="all_times" of="plain"
# -     for t in scheduler.timesteps:
# +     for t in range(scheduler.config.num_train_timesteps - 1, -1, -1):

# %% wrong="called_twice" of="plain"
#       for t in scheduler.timesteps:
# +         unet(scheduler.scale_model_input(x_t, t), t)

# %% wrong="clamped_each_step" of="plain"
# -         x_t = scheduler.step(eps, t, x_t).prev_sample
# +         x_t = scheduler.step(eps, t, x_t).prev_sample.clamp(-1, 1)

# %% wrong="draws_own_noise" of="plain"
# -     x_t = x_T
# +     x_t = torch.randn_like(x_T)

# %% wrong="graph_kept" of="plain"
# - @torch.no_grad()

# %% wrong="input_not_scaled" of="plain"
# -         eps = unet(scheduler.scale_model_input(x_t, t), t).sample
# +         eps = unet(x_t, t).sample

# %% wrong="result_in_0_1" of="plain"
# -     return x_t
# +     return x_t / 2 + 0.5

# %% wrong="result_in_0_1__clipped" of="plain"
# -     return x_t
# +     return (x_t / 2 + 0.5).clamp(0, 1)

# %% wrong="scaled_input_stepped" of="plain"
# -         eps = unet(scheduler.scale_model_input(x_t, t), t).sample
# +         x_t = scheduler.scale_model_input(x_t, t)
# +         eps = unet(x_t, t).sample

# %% wrong="sets_own_steps" of="plain"
#       x_t = x_T
# +     scheduler.set_timesteps(40)

# %% wrong="starts_late" of="plain"
# -     for t in scheduler.timesteps:
# +     for t in scheduler.timesteps[1:]:

# %% wrong="step_at_index" of="plain"
# -     for t in scheduler.timesteps:
# +     for i, t in enumerate(scheduler.timesteps):

# -         x_t = scheduler.step(eps, t, x_t).prev_sample
# +         x_t = scheduler.step(eps, i, x_t).prev_sample

# %% wrong="step_at_other_time" of="plain"
# -     for t in scheduler.timesteps:
# +     for i, t in enumerate(scheduler.timesteps):

# -         x_t = scheduler.step(eps, t, x_t).prev_sample
# +         x_t = scheduler.step(eps, scheduler.timesteps[max(i - 1, 0)], x_t).prev_sample

# %% wrong="stops_early" of="plain"
# -     for t in scheduler.timesteps:
# +     for t in scheduler.timesteps[:-1]:

# %% wrong="takes_x_0" of="plain"
# -         x_t = scheduler.step(eps, t, x_t).prev_sample
# +         x_t = scheduler.step(eps, t, x_t).pred_original_sample

# %% wrong="time_is_index" of="plain"
# -     for t in scheduler.timesteps:
# +     for t in range(len(scheduler.timesteps)):

# %% wrong="training_mode" of="plain"
# -     unet.eval()

# %% wrong="wrong_way" of="plain"
# -     for t in scheduler.timesteps:
# +     for t in scheduler.timesteps.flip(0):

# %% wrong="x_prev_not_used" of="plain"
# -         x_t = scheduler.step(eps, t, x_t).prev_sample
# +         scheduler.step(eps, t, x_t).prev_sample
