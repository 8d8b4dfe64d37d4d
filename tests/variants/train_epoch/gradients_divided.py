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
