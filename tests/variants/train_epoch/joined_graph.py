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
