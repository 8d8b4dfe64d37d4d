# %% right="plain"
def colour_loss(x_0, colour):
    colour = torch.as_tensor(colour).to(x_0).reshape(3, 1, 1)
    return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))

# %% right="by_channel"
def colour_loss(x_0, colour):
    unit = x_0 * 0.5 + 0.5
    return sum((unit[:, i] - colour[i]).abs().mean(dim=(-2, -1)) for i in range(3)) / 3

# %% right="by_picture"
def colour_loss(x_0, colour):
    target = torch.tensor(colour)[:, None, None]
    return torch.stack([((picture + 1) / 2 - target).abs().mean() for picture in x_0])

# %% right="einops_like"
def colour_loss(x_0, colour):
    distance = torch.abs((x_0 + 1) / 2 - torch.as_tensor(colour, device=x_0.device)[:, None, None])
    return torch.einsum("bchw->b", distance) / x_0[0].numel()

# %% right="in_minus_one_to_one"
def colour_loss(x_0, colour):
    target = torch.tensor(colour)[None, :, None, None] * 2 - 1
    return (x_0 - target).abs().flatten(1).mean(1) / 2

# %% right="l1_of_functional"
def colour_loss(x_0, colour):
    target = torch.tensor(colour).view(1, 3, 1, 1).expand_as(x_0)
    return F.l1_loss(x_0.add(1).div(2), target, reduction="none").mean((1, 2, 3))

# %% right="on_cuda"
class ColourLoss(torch.nn.Module):
    def __init__(self, colour):
        super().__init__()
        self.register_buffer("colour", torch.tensor(list(colour), dtype=torch.float32))

    def forward(self, x_0):
        pixels = x_0.permute(0, 2, 3, 1).reshape(len(x_0), -1, 3)
        return (pixels / 2 + 0.5 - self.colour).abs().mean(dim=(1, 2))


def colour_loss(x_0, colour):
    return ColourLoss(colour).cuda()(x_0.cuda())

# %% wrong="both_scaled" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0 + 1) / 2 - (2 * colour - 1)).abs().mean(dim=(1, 2, 3))

# %% wrong="channels_summed" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0 + 1) / 2 - colour).abs().sum(1).mean(dim=(1, 2))

# %% wrong="colour_along_width" of="plain"
# -     colour = torch.as_tensor(colour).to(x_0).reshape(3, 1, 1)
# +     colour = torch.as_tensor(colour).to(x_0)

# %% wrong="colour_scaled" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return (x_0 - (2 * colour - 1)).abs().mean(dim=(1, 2, 3))

# %% wrong="mean_colour" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0 + 1) / 2 - colour).mean(dim=(2, 3)).abs().mean(1)

# %% wrong="not_differentiable" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0.detach() + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))

# %% wrong="not_differentiable__no_grad" of="plain"
# + @torch.no_grad()
#   def colour_loss(x_0, colour):

# %% wrong="one_number" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0 + 1) / 2 - colour).abs().mean()

# %% wrong="picture_not_scaled" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return (x_0 - colour).abs().mean(dim=(1, 2, 3))

# %% wrong="root_of_squares" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0 + 1) / 2 - colour).square().mean(dim=(1, 2, 3)).sqrt()

# %% wrong="scaled_twice" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return (2 * x_0 - 1 - colour).abs().mean(dim=(1, 2, 3))

# %% wrong="signed" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0 + 1) / 2 - colour).mean(dim=(1, 2, 3))

# %% wrong="squared" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0 + 1) / 2 - colour).square().mean(dim=(1, 2, 3))

# %% wrong="summed" of="plain"
# -     return ((x_0 + 1) / 2 - colour).abs().mean(dim=(1, 2, 3))
# +     return ((x_0 + 1) / 2 - colour).abs().sum(dim=(1, 2, 3))
