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
