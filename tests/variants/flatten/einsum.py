def flatten():
    class Mean(nn.Module):
        def forward(self, x):
            mean = torch.einsum("bchw->bc", x) / x[0, 0].numel()
            return nn.functional.gelu(mean)[..., None, None]

    return Mean()
