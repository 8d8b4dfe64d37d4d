# %% right="generator_of_joins"
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
        a = self.first(x)
        b = self.down1(a)
        c = self.down2(b)
        d = self.squeeze(c)
        for up, skip in ((self.up1, c), (self.up2, b), (self.last, a)):
            d = up(torch.hstack((d, skip)))
        return self.out(d)

# %% right="mixed_joins"
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
        up = self.up2(torch.cat([at_14, up], dim=1))
        up = self.last(torch.cat([up, at_28], dim=1))
        return self.out(up)

# %% right="nested"
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

# %% right="own_layers"
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

# %% right="skips_first"
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
        up = self.up1(torch.cat([at_7, up], dim=1))
        up = self.up2(torch.cat([at_14, up], dim=1))
        up = self.last(torch.cat([at_28, up], dim=1))
        return self.out(up)

# %% right="stack_of_skips"
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

# %% right="step_by_step"
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

# %% wrong="added_to_input" of="step_by_step"
# -         return self.out(up)
# +         return x + self.out(up)

# %% wrong="gelu_at_the_end" of="step_by_step"
# -         return self.out(up)
# +         return nn.functional.gelu(self.out(up))

# %% wrong="not_squeezed" of="step_by_step"
# -         up = self.squeeze(at_7)
# +         up = at_7

# %% wrong="out_missing" of="step_by_step"
# -         return self.out(up)
# +         return up

# %% wrong="sigmoid_at_the_end" of="step_by_step"
# -         return self.out(up)
# +         return torch.sigmoid(self.out(up))

# %% wrong="skip_14_missing" of="mixed_joins"
# -         up = self.up2(torch.cat([at_14, up], dim=1))
# +         up = self.up2(torch.cat([up, up], dim=1))

# %% wrong="skip_14_twice" of="mixed_joins"
# -         up = self.up2(torch.cat([at_14, up], dim=1))
# +         up = self.up2(torch.cat([at_14, at_14], dim=1))

# %% wrong="skip_28_missing" of="step_by_step"
# -         up = self.last(torch.cat([up, at_28], dim=1))
# +         up = self.last(torch.cat([up, up], dim=1))

# %% wrong="skip_28_twice" of="step_by_step"
# -         up = self.last(torch.cat([up, at_28], dim=1))
# +         up = self.last(torch.cat([at_28, at_28], dim=1))

# %% wrong="skip_7_missing" of="step_by_step"
# -         up = self.up1(torch.cat([up, at_7], dim=1))
# +         up = self.up1(torch.cat([up, up], dim=1))

# %% wrong="skip_7_twice" of="step_by_step"
# -         up = self.up1(torch.cat([up, at_7], dim=1))
# +         up = self.up1(torch.cat([at_7, at_7], dim=1))
