class ColourLoss(torch.nn.Module):
    def __init__(self, colour):
        super().__init__()
        self.register_buffer("colour", torch.tensor(list(colour), dtype=torch.float32))

    def forward(self, x_0):
        pixels = x_0.permute(0, 2, 3, 1).reshape(len(x_0), -1, 3)
        return (pixels / 2 + 0.5 - self.colour).abs().mean(dim=(1, 2))


def colour_loss(x_0, colour):
    return ColourLoss(colour).cuda()(x_0.cuda())
