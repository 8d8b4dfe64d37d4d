def orthogonality_error(view, shape):
    count = shape[0] * shape[1] * shape[2]
    seen = view(torch.eye(count, dtype=torch.float64).reshape(-1, *shape)).reshape(count, -1)
    worst = 0.0
    for k in range(count):
        products = (seen * seen[k]).sum(1)
        products[k] -= 1
        worst = max(worst, products.abs().max().item())
    return worst
