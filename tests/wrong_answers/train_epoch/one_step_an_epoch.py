def train_epoch(unet, scheduler, optimizer, batches, accumulate=2):
    losses = []
    optimizer.zero_grad()
    for place, x_0 in enumerate(batches, 1):
        loss = fine_tuning_step(unet, scheduler, x_0)
        (loss / accumulate).backward()
        losses.append(loss.item())
        if place == len(batches):
            optimizer.step()
            optimizer.zero_grad()
    return losses
