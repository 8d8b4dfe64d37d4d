# %% right="expanded"
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
        t = t.reshape(-1, 1)
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = self.squeeze(at_7) + self.t1(t)[..., None, None].expand(-1, -1, 7, 7)
        up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[..., None, None].expand(-1, -1, 14, 14)
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% right="own_layers"
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

# %% right="skips_first"
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
        t = t.reshape(-1, 1)
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = self.squeeze(at_7) + self.t1(t)[:, :, None, None]
        up = self.up1(torch.cat([at_7, up], dim=1)) + self.t2(t)[:, :, None, None]
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([at_28, up], dim=1))
        return self.out(up)

# %% right="step_by_step"
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
        t = t.reshape(-1, 1)
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = self.squeeze(at_7) + self.t1(t)[:, :, None, None]
        up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[:, :, None, None]
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% right="time_first"
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
        t = t.reshape(-1, 1)
        b = self.t2(t).unsqueeze(-1).unsqueeze(-1)
        a = self.t1(t).unsqueeze(-1).unsqueeze(-1)
        at_28 = self.first(x)
        at_14 = self.down1(at_28)
        at_7 = self.down2(at_14)
        up = self.squeeze(at_7) + a
        up = self.up1(torch.cat([up, at_7], dim=1)) + b
        up = self.up2(torch.cat([up, at_14], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% right="view_and_loop"
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

# %% wrong="not_reshaped" of="expanded"
# -         up = self.squeeze(at_7) + self.t1(t)[..., None, None].expand(-1, -1, 7, 7)
# -         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[..., None, None].expand(-1, -1, 14, 14)
# +         up = self.squeeze(at_7) + self.t1(t)
# +         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)

# %% wrong="one_time_for_all" of="step_by_step"
# -         t = t.reshape(-1, 1)
# +         t = t.reshape(-1, 1)[:1]

# %% wrong="t1_for_t2" of="step_by_step"
# -         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[:, :, None, None]
# +         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t1(t)[:, :, None, None]

# %% wrong="t1_for_t2__swapped" of="expanded"
# -         up = self.squeeze(at_7) + self.t1(t)[..., None, None].expand(-1, -1, 7, 7)
# -         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[..., None, None].expand(-1, -1, 14, 14)
# +         up = self.squeeze(at_7) + self.t2(t)[:, :, None, None]
# +         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t1(t)[:, :, None, None]

# %% wrong="t1_missing" of="step_by_step"
# -         up = self.squeeze(at_7) + self.t1(t)[:, :, None, None]
# +         up = self.squeeze(at_7)

# %% wrong="t2_missing" of="step_by_step"
# -         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[:, :, None, None]
# +         up = self.up1(torch.cat([up, at_7], dim=1))

# %% wrong="t_scaled" of="step_by_step"
# -         t = t.reshape(-1, 1)
# +         t = t.reshape(-1, 1) / 300

# %% wrong="time_multiplied" of="expanded"
# -         up = self.squeeze(at_7) + self.t1(t)[..., None, None].expand(-1, -1, 7, 7)
# -         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[..., None, None].expand(-1, -1, 14, 14)
# +         up = self.squeeze(at_7) * self.t1(t)[:, :, None, None]
# +         up = self.up1(torch.cat([up, at_7], dim=1)) * self.t2(t)[:, :, None, None]

# %% wrong="time_subtracted" of="expanded"
# -         up = self.squeeze(at_7) + self.t1(t)[..., None, None].expand(-1, -1, 7, 7)
# -         up = self.up1(torch.cat([up, at_7], dim=1)) + self.t2(t)[..., None, None].expand(-1, -1, 14, 14)
# +         up = self.squeeze(at_7) - self.t1(t)[:, :, None, None]
# +         up = self.up1(torch.cat([up, at_7], dim=1)) - self.t2(t)[:, :, None, None]
