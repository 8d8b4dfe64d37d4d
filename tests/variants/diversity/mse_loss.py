def diversity(pictures):
    total, pairs = 0.0, 0
    for i, first in enumerate(pictures):
        for second in pictures[i + 1 :]:
            total += torch.nn.functional.mse_loss(first, second).sqrt().item()
            pairs += 1
    return total / pairs
