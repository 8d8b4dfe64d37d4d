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
