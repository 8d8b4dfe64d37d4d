def fc_block(in_features, out_features):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Linear(out_features, out_features)
            self.a = nn.Linear(in_features, out_features)

        def forward(self, x):
            return self.b(nn.functional.gelu(self.a(x)))

    return Block()
