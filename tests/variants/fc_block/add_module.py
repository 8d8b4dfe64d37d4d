def fc_block(in_features, out_features):
    block = nn.Sequential()
    block.add_module("first", nn.Linear(in_features, out_features))
    block.add_module("act", nn.GELU())
    block.add_module("second", nn.Linear(out_features, out_features))
    return block
