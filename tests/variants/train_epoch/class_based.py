class Trainer:
    def __init__(self, unet, scheduler, optimizer, accumulate):
        self.unet, self.scheduler, self.optimizer, self.accumulate = unet, scheduler, optimizer, accumulate
        self.waiting = 0

    def feed(self, x_0):
        if not self.waiting:
            self.optimizer.zero_grad()
        loss = fine_tuning_step(self.unet, self.scheduler, x_0)
        loss.backward(torch.tensor(1 / self.accumulate))
        self.waiting += 1
        if self.waiting == self.accumulate:
            self.flush()
        return loss.item()

    def flush(self):
        if self.waiting:
            self.optimizer.step()
            self.waiting = 0


def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    trainer = Trainer(unet, scheduler, optimizer, accumulate)
    losses = [trainer.feed(x_0) for x_0 in batches]
    trainer.flush()
    return losses
