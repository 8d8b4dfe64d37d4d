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
