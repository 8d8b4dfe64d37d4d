class UnconditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64):
        super().__init__()
        self.first = conv_block(in_channels, num_hiddens)
        self.down1 = down_block(num_hiddens, num_hiddens)
        self.down2 = down_block(num_hiddens, 2 * num_hiddens)
        self.squeeze = nn.Sequential(flatten(), unflatten(2 * num_hiddens))
        self.up1 = up_block(4 * num_hiddens, num_hiddens)
        self.up2 = up_block(2 * num_hiddens, num_hiddens)
        self.last = conv_block(2 * num_hiddens, num_hiddens)
        self.out = nn.Conv2d(num_hiddens, in_channels, 3, 1, 1)

    def forward(self, x):
        def join(inner, outer):
            return torch.concat([inner, outer], dim=1)

        def at_7(x):
            return self.up1(join(self.squeeze(x), x))

        def at_14(x):
            return self.up2(join(at_7(self.down2(x)), x))

        def at_28(x):
            return self.last(join(at_14(self.down1(x)), x))

        return self.out(at_28(self.first(x)))
