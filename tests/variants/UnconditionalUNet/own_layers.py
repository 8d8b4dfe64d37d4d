class UnconditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64):
        super().__init__()
        wide = num_hiddens
        self.head = nn.Conv2d(wide, in_channels, 3, padding=1)
        self.ups = nn.ModuleList([up_block(4 * wide, wide), up_block(2 * wide, wide), conv_block(2 * wide, wide)])
        self.downs = nn.ModuleList([conv_block(in_channels, wide), down_block(wide, wide), down_block(wide, 2 * wide)])
        self.flat, self.unflat = flatten(), unflatten(2 * wide)

    def forward(self, x):
        kept = [x]
        for down in self.downs:
            kept.append(down(kept[-1]))
        x = self.unflat(self.flat(kept[-1]))
        for up, skip in zip(self.ups, reversed(kept)):
            x = up(torch.cat([skip, x], dim=1))
        return self.head(x)
