# %% right="add_module"
def fc_block(in_features, out_features):
    block = nn.Sequential()
    block.add_module("first", nn.Linear(in_features, out_features))
    block.add_module("act", nn.GELU())
    block.add_module("second", nn.Linear(out_features, out_features))
    return block

# %% right="class_inside"
def fc_block(in_features, out_features):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Linear(out_features, out_features)
            self.a = nn.Linear(in_features, out_features)

        def forward(self, x):
            return self.b(nn.functional.gelu(self.a(x)))

    return Block()

# %% right="list_of_layers"
def fc_block(in_features, out_features):
    layers = [nn.Linear(in_features, out_features), nn.GELU()]
    layers += [nn.Linear(out_features, out_features)]
    return nn.Sequential(*layers)

# %% right="module_list"
def fc_block(in_features, out_features):
    class Chain(nn.ModuleList):
        def forward(self, x):
            for layer in self:
                x = layer(x)
            return x

    return Chain([nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features)])

# %% right="sequential"
def fc_block(in_features, out_features):
    return nn.Sequential(nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features))

# %% right="sizes"
def fc_block(in_features, out_features):
    sizes = [in_features, out_features, out_features]
    linear = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    return nn.Sequential(linear[0], nn.GELU(), linear[1])

# %% wrong="gelu_at_the_end" of="sequential"
# -     return nn.Sequential(nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features))
# +     first, second = nn.Linear(in_features, out_features), nn.Linear(out_features, out_features)
# +     return nn.Sequential(first, nn.GELU(), second, nn.GELU())

# %% wrong="gelu_first" of="sequential"
# -     return nn.Sequential(nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features))
# +     return nn.Sequential(nn.GELU(), nn.Linear(in_features, out_features), nn.Linear(out_features, out_features))

# %% wrong="gelu_missing" of="sequential"
# -     return nn.Sequential(nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features))
# +     return nn.Sequential(nn.Linear(in_features, out_features), nn.Linear(out_features, out_features))

# %% wrong="relu" of="sequential"
# -     return nn.Sequential(nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features))
# +     return nn.Sequential(nn.Linear(in_features, out_features), nn.ReLU(), nn.Linear(out_features, out_features))

# %% wrong="wide_in_the_middle" of="sequential"
# -     return nn.Sequential(nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features))
# +     return nn.Sequential(nn.Linear(in_features, in_features), nn.GELU(), nn.Linear(in_features, out_features))
