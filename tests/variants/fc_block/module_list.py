def fc_block(in_features, out_features):
    class Chain(nn.ModuleList):
        def forward(self, x):
            for layer in self:
                x = layer(x)
            return x

    return Chain([nn.Linear(in_features, out_features), nn.GELU(), nn.Linear(out_features, out_features)])
