class ClipLoss(torch.nn.Module):
    def __init__(self, target, embed, cutouts):
        super().__init__()
        self.target, self.embed, self.cutouts = target.cuda(), embed, cutouts

    def forward(self, x_0):
        distances = great_circle(self.embed(self.cutouts(x_0)), self.target.squeeze(0))
        return distances.view(-1, x_0.shape[0]).T.mean(dim=1)


def clip_loss(x_0, target, embed, cutouts):
    return ClipLoss(target, embed, cutouts)(x_0.cuda())
