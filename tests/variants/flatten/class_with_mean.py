def flatten():
    class Mean(nn.Module):
        def forward(self, x):
            return nn.functional.gelu(x.mean(dim=(2, 3), keepdim=True))

    return Mean()
