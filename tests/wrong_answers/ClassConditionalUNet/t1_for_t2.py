class ClassConditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64, num_classes=10):
        super().__init__()
        self.first = ConvBlock(in_channels, num_hiddens)
        self.down1 = DownBlock(num_hiddens, num_hiddens)
        self.down2 = DownBlock(num_hiddens, 2 * num_hiddens)
        self.squeeze = nn.Sequential(Flatten(), Unflatten(2 * num_hiddens))
        self.up1 = UpBlock(4 * num_hiddens, num_hiddens)
        self.up2 = UpBlock(2 * num_hiddens, num_hiddens)
        self.last = ConvBlock(2 * num_hiddens, num_hiddens)
        self.out = nn.Conv2d(num_hiddens, in_channels, 3, 1, 1)
        self.t1, self.t2 = FCBlock(1, 2 * num_hiddens), FCBlock(1, num_hiddens)
        self.c1, self.c2 = FCBlock(num_classes, 2 * num_hiddens), FCBlock(num_classes, num_hiddens)

    def forward(self, x, c, t):
        t = t.reshape(-1, 1)
        c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)[:, :, None, None]
        c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)[:, :, None, None]
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = c1 * self.squeeze(at_7) + t1
        up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t1
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)
