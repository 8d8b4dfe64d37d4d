class ClassConditionalUNet(nn.Module):
    def __init__(self, in_channels=1, num_hiddens=64, num_classes=10):
        super().__init__()
        wide = num_hiddens
        self.says = nn.ModuleDict({"c1": FCBlock(num_classes, 2 * wide), "c2": FCBlock(num_classes, wide)})
        self.ticks = nn.ModuleDict({"t1": FCBlock(1, 2 * wide), "t2": FCBlock(1, wide)})
        self.head = nn.Conv2d(wide, in_channels, 3, padding=1)
        self.ups = nn.ModuleList([UpBlock(4 * wide, wide), UpBlock(2 * wide, wide), ConvBlock(2 * wide, wide)])
        self.downs = nn.ModuleList([ConvBlock(in_channels, wide), DownBlock(wide, wide), DownBlock(wide, 2 * wide)])
        self.flat, self.unflat = Flatten(), Unflatten(2 * wide)

    def told(self, maps, c, t, place):
        scale, shift = self.says[f"c{place}"](c), self.ticks[f"t{place}"](t.flatten()[:, None])
        return maps * scale[..., None, None] + shift[..., None, None]

    def forward(self, x, c, t):
        kept = [x]
        for down in self.downs:
            kept.append(down(kept[-1]))
        x = self.told(self.unflat(self.flat(kept[-1])), c, t, 1)
        x = self.told(self.ups[0](torch.cat([x, kept[3]], 1)), c, t, 2)
        x = self.ups[1](torch.cat([x, kept[2]], 1))
        return self.head(self.ups[2](torch.cat([x, kept[1]], 1)))
