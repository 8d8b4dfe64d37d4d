class TimeConditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64):
        super().__init__()
        self.first = ConvBlock(in_channels, num_hiddens)
        self.down1 = DownBlock(num_hiddens, num_hiddens)
        self.down2 = DownBlock(num_hiddens, 2 * num_hiddens)
        self.squeeze = nn.Sequential(Flatten(), Unflatten(2 * num_hiddens))
        self.up1 = UpBlock(4 * num_hiddens, num_hiddens)
        self.up2 = UpBlock(2 * num_hiddens, num_hiddens)
        self.last = ConvBlock(2 * num_hiddens, num_hiddens)
        self.out = nn.Conv2d(num_hiddens, in_channels, 3, 1, 1)
        self.t1 = fc_block(1, 2 * num_hiddens)
        self.t2 = fc_block(1, num_hiddens)

    def forward(self, x, t):
        t = t.view(len(x), 1).to(x.dtype)
        skips = [self.first(x)]
        for down in (self.down1, self.down2):
            skips.append(down(skips[-1]))
        up = self.squeeze(skips[-1]) + self.t1(t).view(len(x), -1, 1, 1)
        up = self.up1(torch.cat((up, skips.pop()), 1)) + self.t2(t).view(len(x), -1, 1, 1)
        for block in (self.up2, self.last):
            up = block(torch.cat((up, skips.pop()), 1))
        return self.out(up)
