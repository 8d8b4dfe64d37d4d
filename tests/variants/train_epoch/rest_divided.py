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
