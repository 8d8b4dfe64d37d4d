class TimeConditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64):
        super().__init__()
        wide = num_hiddens
        self.times = nn.ModuleList([fc_block(1, wide), fc_block(1, 2 * wide)])
        self.head = nn.Conv2d(wide, in_channels, 3, padding=1)
        self.ups = nn.ModuleList([UpBlock(4 * wide, wide), UpBlock(2 * wide, wide), ConvBlock(2 * wide, wide)])
        self.downs = nn.ModuleList([ConvBlock(in_channels, wide), DownBlock(wide, wide), DownBlock(wide, 2 * wide)])
        self.flat, self.unflat = Flatten(), Unflatten(2 * wide)

    def forward(self, x, t):
        late, early = (block(t.flatten()[:, None])[:, :, None, None] for block in self.times)
        kept = [x]
        for down in self.downs:
            kept.append(down(kept[-1]))
        x = self.unflat(self.flat(kept[-1]))
        x = torch.add(x, early)
        for number, up in enumerate(self.ups):
            x = up(torch.cat([x, kept.pop()], dim=1))
            if number == 0:
                x = torch.add(x, late)
        return self.head(x)
