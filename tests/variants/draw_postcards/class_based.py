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
