def fc_block(in_features, out_features):
    layers = [nn.Linear(in_features, out_features), nn.GELU()]
    layers += [nn.Linear(out_features, out_features)]
    return nn.Sequential(*layers)
