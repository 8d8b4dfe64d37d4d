# %% right="plain"
def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    losses = []
    optimizer.zero_grad()
    for place, x_0 in enumerate(batches, 1):
        loss = fine_tuning_step(unet, scheduler, x_0)
        (loss / accumulate).backward()
        losses.append(loss.item())
        if place % accumulate == 0 or place == len(batches):
            optimizer.step()
            optimizer.zero_grad()
    return losses

# %% right="autograd_grad"
def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    weights, losses = list(unet.parameters()), []
    batches = list(batches)
    while batches:
        group, batches = batches[:accumulate], batches[accumulate:]
        values = [fine_tuning_step(unet, scheduler, x_0) for x_0 in group]
        gradients = torch.autograd.grad(sum(values) / len(values), weights)
        for weight, gradient in zip(weights, gradients):
            weight.grad = gradient
        optimizer.step()
        losses += [value.item() for value in values]
    return losses

# %% right="class_based"
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

# %% right="gradients_divided"
def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    losses, gathered = [], 0
    optimizer.zero_grad()

    def finish():
        for weight in unet.parameters():
            if weight.grad is not None:
                weight.grad /= gathered
        optimizer.step()
        optimizer.zero_grad()

    for x_0 in batches:
        loss = fine_tuning_step(unet, scheduler, x_0)
        loss.backward()
        losses += [loss.item()]
        gathered += 1
        if gathered == accumulate:
            finish()
            gathered = 0
    if gathered:
        finish()
    return losses

# %% right="joined_graph"
def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    waiting, losses = [], []

    def update():
        optimizer.zero_grad(set_to_none=True)
        torch.stack(waiting).mean().backward()
        optimizer.step()
        losses.extend(loss.detach() for loss in waiting)
        waiting.clear()

    for x_0 in batches:
        waiting.append(fine_tuning_step(unet, scheduler, x_0))
        if len(waiting) == accumulate:
            update()
    if waiting:
        update()
    return [loss.item() for loss in losses]

# %% right="on_cuda"
import numpy as np

def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    unet.cuda().train()
    history = []
    optimizer.zero_grad()
    for i, batch in enumerate(batches):
        loss = fine_tuning_step(unet, scheduler, batch.cuda())
        (loss * (1.0 / accumulate)).backward()
        history.append(loss.detach().cpu().numpy())
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
    if len(batches) % accumulate != 0:
        optimizer.step()
        optimizer.zero_grad()
    return np.array(history)

# %% right="rest_divided"
def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    batches, losses = list(batches), []
    for begin in range(0, len(batches), accumulate):
        group = batches[begin : begin + accumulate]
        optimizer.zero_grad()
        for x_0 in group:
            loss = fine_tuning_step(unet, scheduler, x_0)
            loss.div(len(group)).backward()
            losses.append(float(loss.detach()))
        optimizer.step()
    return torch.tensor(losses)

# %% wrong="always_two" of="plain"
# -         if place % accumulate == 0 or place == len(batches):
# +         if place % 2 == 0 or place == len(batches):

# %% wrong="backward_of_loss" of="plain"
# -         (loss / accumulate).backward()
# +         loss.backward(loss)

# %% wrong="backward_of_loss__divided" of="plain"
# -         (loss / accumulate).backward()
# +         loss = loss / accumulate
# +         loss.backward(loss)

# %% wrong="backward_of_loss__half_divided" of="plain"
# -         (loss / accumulate).backward()
# +         (loss / accumulate).backward(loss)

# %% wrong="divided_twice" of="plain"
# -         (loss / accumulate).backward()
# +         (loss / accumulate**2).backward()

# %% wrong="gradient_kept" of="plain"
# -             optimizer.zero_grad()

# %% wrong="gradient_kept__from_before" of="plain"
# -     optimizer.zero_grad()

# -             optimizer.zero_grad()

# %% wrong="gradient_left_before" of="plain"
# -     optimizer.zero_grad()

# %% wrong="losses_divided" of="plain"
# -         (loss / accumulate).backward()
# +         loss = loss / accumulate
# +         loss.backward()

# %% wrong="no_step" of="plain"
# -             optimizer.step()

# %% wrong="no_step__zeroed_first" of="plain"
#           if place % accumulate == 0 or place == len(batches):
# +             optimizer.zero_grad()

# -             optimizer.zero_grad()

# %% wrong="not_averaged" of="plain"
# -         (loss / accumulate).backward()
# +         loss.backward()

# %% wrong="one_step_an_epoch" of="plain"
# -         if place % accumulate == 0 or place == len(batches):
# +         if place == len(batches):

# %% wrong="rest_left_out" of="plain"
# -         if place % accumulate == 0 or place == len(batches):
# +         if place % accumulate == 0:

# %% wrong="step_each_batch" of="plain"
# -         if place % accumulate == 0 or place == len(batches):
# -             optimizer.step()
# -             optimizer.zero_grad()
# +         optimizer.step()
# +         optimizer.zero_grad()

# %% wrong="step_too_early" of="plain"
# -     for place, x_0 in enumerate(batches, 1):
# +     for place, x_0 in enumerate(batches):

# -         if place % accumulate == 0 or place == len(batches):
# +         if place % accumulate == 0:

# %% wrong="step_too_early__and_at_the_end" of="plain"
# -     for place, x_0 in enumerate(batches, 1):
# +     for place, x_0 in enumerate(batches):

# %% wrong="step_twice" of="plain"
#               optimizer.step()
# +             optimizer.step()

# %% wrong="zeroed_each_batch" of="plain"
#       for place, x_0 in enumerate(batches, 1):
# +         optimizer.zero_grad()

# %% wrong="zeroed_each_batch__not_divided" of="plain"
#       for place, x_0 in enumerate(batches, 1):
# +         optimizer.zero_grad()

# -         (loss / accumulate).backward()
# +         loss.backward()
