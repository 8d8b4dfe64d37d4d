def fc_block(in_features, out_features):
    first, second = nn.Linear(in_features, out_features), nn.Linear(out_features, out_features)
    return nn.Sequential(first, nn.GELU(), second, nn.GELU())
