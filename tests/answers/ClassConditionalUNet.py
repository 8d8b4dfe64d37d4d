# %% right="addcmul"
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
        """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""
        t = t.reshape(-1, 1)
        c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)[:, :, None, None]
        c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)[:, :, None, None]
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = torch.addcmul(t1, c1, self.squeeze(at_7))
        up = torch.addcmul(t2, c2, self.up1(torch.cat([up, at_7], dim=1)))
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% right="in_place"
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
        """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""
        t = t.reshape(-1, 1)
        c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)[:, :, None, None]
        c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)[:, :, None, None]
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = self.squeeze(at_7).clone()
        up.mul_(c1).add_(t1)
        up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t2
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% right="mixed_joins"
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
        """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""
        t = t.reshape(-1, 1)
        c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)[:, :, None, None]
        c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)[:, :, None, None]
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = c1 * self.squeeze(at_7) + t1
        up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t2
        up = self.up2(torch.cat([at_14, up], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% right="own_layers"
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

# %% right="skips_first"
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
        """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""
        t = t.reshape(-1, 1)
        c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)[:, :, None, None]
        c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)[:, :, None, None]
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = c1 * self.squeeze(at_7) + t1
        up = c2 * self.up1(torch.cat([at_7, up], dim=1)) + t2
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([at_28, up], dim=1))
        return self.out(up)

# %% right="step_by_step"
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
        """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""
        t = t.reshape(-1, 1)
        c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)[:, :, None, None]
        c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)[:, :, None, None]
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = c1 * self.squeeze(at_7) + t1
        up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t2
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% right="unsqueezed"
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
        """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""
        t = t.reshape(-1, 1)
        c1, t1 = self.c1(c).unsqueeze(-1).unsqueeze(-1), self.t1(t)[:, :, None, None]
        c2, t2 = self.c2(c)[:, :, None, None], self.t2(t).view(len(x), -1, 1, 1)
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = c1 * self.squeeze(at_7) + t1
        up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t2
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% wrong="c1_missing" of="step_by_step"
# -         up = c1 * self.squeeze(at_7) + t1
# +         up = self.squeeze(at_7) + t1

# %% wrong="c2_missing" of="step_by_step"
# -         up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t2
# +         up = self.up1(torch.cat([up, at_7], dim=1)) + t2

# %% wrong="class_added" of="addcmul"
# -         up = torch.addcmul(t1, c1, self.squeeze(at_7))
# -         up = torch.addcmul(t2, c2, self.up1(torch.cat([up, at_7], dim=1)))
# +         up = c1 + self.squeeze(at_7) + t1
# +         up = c2 + self.up1(torch.cat([up, at_7], dim=1)) + t2

# %% wrong="not_reshaped" of="step_by_step"
# -         """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""

# -         c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)[:, :, None, None]
# -         c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)[:, :, None, None]
# +         c1, t1 = self.c1(c)[:, :, None, None], self.t1(t)
# +         c2, t2 = self.c2(c)[:, :, None, None], self.t2(t)

# %% wrong="roles_swapped" of="addcmul"
# -         up = torch.addcmul(t1, c1, self.squeeze(at_7))
# -         up = torch.addcmul(t2, c2, self.up1(torch.cat([up, at_7], dim=1)))
# +         up = t1 * self.squeeze(at_7) + c1
# +         up = t2 * self.up1(torch.cat([up, at_7], dim=1)) + c2

# %% wrong="sum_scaled" of="addcmul"
# -         up = torch.addcmul(t1, c1, self.squeeze(at_7))
# -         up = torch.addcmul(t2, c2, self.up1(torch.cat([up, at_7], dim=1)))
# +         up = c1 * (self.squeeze(at_7) + t1)
# +         up = c2 * (self.up1(torch.cat([up, at_7], dim=1)) + t2)

# %% wrong="t1_for_t2" of="step_by_step"
# -         """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""

# -         up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t2
# +         up = c2 * self.up1(torch.cat([up, at_7], dim=1)) + t1

# %% wrong="t1_for_t2__class" of="step_by_step"
# -         """Return the noise in x (B, 1, 28, 28) for classes c (B, 10) at normalised times t (B,)."""

# -         up = c1 * self.squeeze(at_7) + t1
# +         up = c2 * self.squeeze(at_7) + t1

# %% wrong="time_missing" of="addcmul"
# -         up = torch.addcmul(t1, c1, self.squeeze(at_7))
# -         up = torch.addcmul(t2, c2, self.up1(torch.cat([up, at_7], dim=1)))
# +         up = c1 * self.squeeze(at_7)
# +         up = c2 * self.up1(torch.cat([up, at_7], dim=1))
