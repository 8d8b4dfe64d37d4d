def fc_block(in_features, out_features):
    sizes = [in_features, out_features, out_features]
    linear = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    return nn.Sequential(linear[0], nn.GELU(), linear[1])
