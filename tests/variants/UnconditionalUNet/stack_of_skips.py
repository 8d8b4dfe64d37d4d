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
        skips = []
        for block in (self.first, self.down1, self.down2):
            x = block(x)
            skips.append(x)
        x = self.squeeze(x)
        for block in (self.up1, self.up2, self.last):
            x = block(torch.cat((x, skips.pop()), 1))
        return self.out(x)
