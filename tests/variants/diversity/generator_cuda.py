def diversity(pictures):
    y = pictures.cuda()
    distances = ((y[i] - y[j]).norm() / y[0].numel() ** 0.5 for i in range(len(y)) for j in range(len(y)) if i != j)
    return torch.tensor(list(distances)).mean()
