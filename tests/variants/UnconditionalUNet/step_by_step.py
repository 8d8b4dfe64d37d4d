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
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = self.squeeze(at_7)
        up = self.up1(torch.cat([up, at_7], dim=1))
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)
