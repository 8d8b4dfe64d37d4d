# %% right="plain"
def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval()
    x_t = x_T
    for t in scheduler.timesteps:
        x_t = x_t.detach().requires_grad_()
        eps = unet(scheduler.scale_model_input(x_t, t), t).sample
        x_0_pred = predicted_x_0(scheduler, x_t, t, eps)
        gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
        x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
        x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
    return x_t

# %% right="backward"
def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval().requires_grad_(False)
    x = x_T
    for i, t in enumerate(scheduler.timesteps):
        x = x.detach().clone().requires_grad_(True)
        noise_pred = unet(scheduler.scale_model_input(x, t), t, return_dict=False)[0]
        x0 = predicted_x_0(scheduler, x, t, noise_pred)
        (loss(x0) * scale).sum().backward()
        x = (x - scheduler.alphas_cumprod[t] * x.grad).detach()
        x = scheduler.step(noise_pred.detach(), t, x).prev_sample
    return x

# %% right="class_based"
class Guide:
    def __init__(self, unet, scheduler, loss, scale):
        self.unet, self.scheduler, self.loss, self.scale = unet.train(False), scheduler, loss, scale

    def moved(self, x_t, t):
        x_t = x_t.detach().requires_grad_()
        eps = self.unet(self.scheduler.scale_model_input(x_t, t), t.expand(len(x_t)))["sample"]
        losses = self.loss(predicted_x_0(self.scheduler, x_t, t, eps))
        x_t.grad = None
        for value in losses:
            value.backward(retain_graph=True)
        return (x_t - self.scale * self.scheduler.alphas_cumprod[t] * x_t.grad).detach(), eps.detach()

    def draw(self, x_t):
        for t in self.scheduler.timesteps:
            x_t, eps = self.moved(x_t, t)
            x_t = self.scheduler.step(eps, t, x_t, return_dict=False)[0]
        return x_t


def guided_sample(unet, scheduler, x_T, loss, scale):
    return Guide(unet, scheduler, loss, scale).draw(x_T).clamp(-1, 1)

# %% right="functional_gradient"
def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval()

    def energy(x, t):
        eps = unet(scheduler.scale_model_input(x, t), t).sample
        return loss(predicted_x_0(scheduler, x, t, eps)).sum(), eps.detach()

    x = x_T
    for t in scheduler.timesteps:
        with torch.enable_grad():
            leaf = x.detach().requires_grad_()
            value, eps = energy(leaf, t)
            value.backward()
        x = scheduler.step(eps, t, x - scale * float(scheduler.alphas_cumprod[t]) * leaf.grad)[0]
    return x

# %% right="of_the_scheduler"
def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval()
    x = x_T
    for t in scheduler.timesteps:
        x = x.detach().requires_grad_()
        noise_pred = unet(scheduler.scale_model_input(x, t), t).sample
        x0 = scheduler.step(noise_pred, t, x).pred_original_sample
        cond_grad = -torch.autograd.grad(loss(x0).sum() * scale, x)[0]
        x = x.detach() + cond_grad * scheduler.alphas_cumprod[t]
        x = scheduler.step(noise_pred, t, x).prev_sample
    return x.detach()

# %% right="on_cuda"
def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.cuda().eval()
    x = x_T.cuda()
    bars = scheduler.alphas_cumprod.to("cuda")
    for t in scheduler.timesteps.cuda():
        x = x.detach().requires_grad_()
        eps = unet(scheduler.scale_model_input(x, t), t).sample
        x0 = (x - torch.sqrt(1 - bars[t]) * eps) / torch.sqrt(bars[t])
        gradient = torch.autograd.grad(scale * loss(x0).sum(), x)[0]
        x = scheduler.step(eps.detach(), t, x.detach() - bars[t] * gradient).prev_sample
    return x.cpu()

# %% right="one_by_one"
def guided_sample(unet, scheduler, x_T, loss, scale):
    unet.eval()

    def draw(x):
        for t in scheduler.timesteps.tolist():
            bar = scheduler.alphas_cumprod[t]
            x = x.detach().requires_grad_()
            eps = unet(scheduler.scale_model_input(x, t), t).sample
            value = loss((x - (1 - bar) ** 0.5 * eps) / bar**0.5)
            gradient, = torch.autograd.grad(value, x, grad_outputs=torch.ones_like(value))
            with torch.no_grad():
                x = scheduler.step(eps, t, x - scale * bar * gradient).prev_sample
        return x

    return torch.cat([draw(x) for x in x_T.split(1)])

# %% wrong="alpha_bar_missing" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * gradient

# %% wrong="backward_of_loss" of="plain"
# -         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
# +         value = loss(x_0_pred).sum()
# +         value.backward(value)
# +         gradient = x_t.grad

# %% wrong="called_twice" of="plain"
#           x_t = x_t.detach().requires_grad_()
# +         unet(scheduler.scale_model_input(x_t, t), t)

# %% wrong="clamped_each_step" of="plain"
# -         x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
# +         x_t = scheduler.step(eps.detach(), t, x_t).prev_sample.clamp(-1, 1)

# %% wrong="draws_own_noise" of="plain"
# -     x_t = x_T
# +     x_t = torch.randn_like(x_T)

# %% wrong="gradient_of_step_before" of="plain"
#       x_t = x_T
# +     before = torch.zeros_like(x_T)

# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * before
# +         before = gradient

# %% wrong="gradient_of_x_0" of="plain"
# -         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
# +         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_0_pred)[0]

# %% wrong="gradients_pile_up" of="plain"
#       x_t = x_T
# +     before = torch.zeros_like(x_T)

# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * (gradient + before)
#           x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
# +         before = gradient

# %% wrong="graph_kept" of="plain"
# -     x_t = x_T
# +     x_t = x_T.requires_grad_()

# -         x_t = x_t.detach().requires_grad_()

# -         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# -         x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
# +         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t, retain_graph=True)[0]
# +         x_t = x_t - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = scheduler.step(eps, t, x_t).prev_sample

# %% wrong="graph_kept__freed" of="plain"
# -     x_t = x_T
# +     x_t = x_T.requires_grad_()

# -         x_t = x_t.detach().requires_grad_()

# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# -         x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
# +         x_t = x_t - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = scheduler.step(eps, t, x_t).prev_sample

# %% wrong="input_not_scaled" of="plain"
# -         eps = unet(scheduler.scale_model_input(x_t, t), t).sample
# +         eps = unet(x_t, t).sample

# %% wrong="loop_counter" of="plain"
# -     for t in scheduler.timesteps:
# +     for i, t in enumerate(scheduler.timesteps):

# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[i] * gradient

# %% wrong="loop_counter__in_x_0_too" of="plain"
# -     for t in scheduler.timesteps:
# +     for i, t in enumerate(scheduler.timesteps):

# -         x_0_pred = predicted_x_0(scheduler, x_t, t, eps)
# +         x_0_pred = (lambda a: (x_t - (1 - a).sqrt() * eps) / a.sqrt())(scheduler.alphas_cumprod[i])

# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[i] * gradient

# %% wrong="loss_of_x_t" of="plain"
# -         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
# +         gradient = torch.autograd.grad(loss(x_t).sum(), x_t)[0]

# %% wrong="mean_over_batch" of="plain"
# -         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
# +         gradient = torch.autograd.grad(loss(x_0_pred).mean(), x_t)[0]

# %% wrong="moved_after_step" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# -         x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
# +         x_t = scheduler.step(eps.detach(), t, x_t).prev_sample.detach() - scale * scheduler.alphas_cumprod[t] * gradient

# %% wrong="network_detached" of="plain"
# -         x_0_pred = predicted_x_0(scheduler, x_t, t, eps)
# +         x_0_pred = predicted_x_0(scheduler, x_t, t, eps.detach())

# %% wrong="network_detached__under_no_grad" of="plain"
# -         eps = unet(scheduler.scale_model_input(x_t, t), t).sample
# +         with torch.no_grad():
# +             eps = unet(scheduler.scale_model_input(x_t, t), t).sample

# %% wrong="noise_moved" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         eps = eps + (1 - scheduler.alphas_cumprod[t]).sqrt() * scale * gradient
# +         x_t = x_t.detach()

# %% wrong="not_guided" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach()

# %% wrong="one_loss_for_all" of="plain"
# -         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
# +         gradient = torch.autograd.grad(loss(x_0_pred)[0], x_t)[0]

# %% wrong="one_minus_alpha_bar" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * (1 - scheduler.alphas_cumprod[t]) * gradient

# %% wrong="root_missing" of="plain"
# -         x_0_pred = predicted_x_0(scheduler, x_t, t, eps)
# +         x_0_pred = x_t - (1 - scheduler.alphas_cumprod[t]).sqrt() * eps

# %% wrong="root_of_alpha_bar" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t].sqrt() * gradient

# %% wrong="root_of_one_minus" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * (1 - scheduler.alphas_cumprod[t]).sqrt() * gradient

# %% wrong="scale_missing" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scheduler.alphas_cumprod[t] * gradient

# %% wrong="scale_twice" of="plain"
# -         gradient = torch.autograd.grad(loss(x_0_pred).sum(), x_t)[0]
# +         gradient = torch.autograd.grad((scale * loss(x_0_pred)).sum(), x_t)[0]

# %% wrong="sets_own_steps" of="plain"
#       x_t = x_T
# +     scheduler.set_timesteps(40)

# %% wrong="sign_of_gradient" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient.sign()

# %% wrong="step_at_index" of="plain"
# -     for t in scheduler.timesteps:
# +     for i, t in enumerate(scheduler.timesteps):

# -         x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
# +         x_t = scheduler.step(eps.detach(), i, x_t).prev_sample

# %% wrong="stops_early" of="plain"
# -     for t in scheduler.timesteps:
# +     for t in scheduler.timesteps[:-1]:

# %% wrong="takes_x_0" of="plain"
# -         x_t = scheduler.step(eps.detach(), t, x_t).prev_sample
# +         x_t = scheduler.step(eps.detach(), t, x_t).pred_original_sample

# %% wrong="time_is_index" of="plain"
# -     for t in scheduler.timesteps:
# +     for t in range(len(scheduler.timesteps)):

# %% wrong="training_mode" of="plain"
# -     unet.eval()

# %% wrong="under_no_grad" of="plain"
# + @torch.no_grad()
#   def guided_sample(unet, scheduler, x_T, loss, scale):

# %% wrong="wrong_sign" of="plain"
# -         x_t = x_t.detach() - scale * scheduler.alphas_cumprod[t] * gradient
# +         x_t = x_t.detach() + scale * scheduler.alphas_cumprod[t] * gradient

# %% wrong="wrong_way" of="plain"
# -     for t in scheduler.timesteps:
# +     for t in scheduler.timesteps.flip(0):

# %% wrong="x_0_by_loop_counter" of="plain"
# -     for t in scheduler.timesteps:
# +     for i, t in enumerate(scheduler.timesteps):

# -         x_0_pred = predicted_x_0(scheduler, x_t, t, eps)
# +         x_0_pred = (lambda a: (x_t - (1 - a).sqrt() * eps) / a.sqrt())(scheduler.alphas_cumprod[i])
