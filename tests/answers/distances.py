# %% right="plain"
def distances(original, edits):
    return [(edit - original).square().mean().sqrt().item() for edit in edits]

# %% right="batched"
def distances(original, edits):
    return (torch.cat(edits) - original).pow(2).mean(dim=(1, 2, 3)).sqrt()

# %% right="from_psnr"
def psnr(im, other):
    return 10 * torch.log10(4 / (im - other).square().mean())


def distances(original, edits):
    return [2 * 10 ** (-psnr(edit, original).item() / 20) for edit in edits]

# %% right="half_cuda"
def distances(original, edits):
    original = original.half().cuda()
    return [(edit.half().cuda() - original).float().square().mean().sqrt().cpu() for edit in edits]

# %% right="loop_of_tensors"
def distances(original, edits):
    result = []
    for edit in edits:
        result.append(torch.sqrt(torch.mean((original - edit) ** 2)))
    return result

# %% right="mse_loss"
import math


def distances(original, edits):
    return tuple(math.sqrt(torch.nn.functional.mse_loss(edit, original)) for edit in edits)

# %% right="norm"
def distances(original, edits):
    return torch.stack([torch.linalg.vector_norm(edit - original) / original.numel() ** 0.5 for edit in edits])

# %% right="numpy_output"
import numpy as np


def distances(original, edits):
    difference = np.concatenate([edit.numpy() for edit in edits]) - original.numpy()
    return np.sqrt((difference**2).mean(axis=(1, 2, 3)))

# %% wrong="distance_absolute" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original).abs().mean().item() for edit in edits]

# %% wrong="distance_half" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [((edit + 1) / 2 - (original + 1) / 2).square().mean().sqrt().item() for edit in edits]

# %% wrong="distance_largest" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original).abs().max().item() for edit in edits]

# %% wrong="distance_of_neighbours" of="loop_of_tensors"
# -     result = []
# +     result, before = [], original

# -         result.append(torch.sqrt(torch.mean((original - edit) ** 2)))
# +         result.append((edit - before).square().mean().sqrt().item())
# +         before = edit

# %% wrong="distance_one_channel" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original)[0, 0].square().mean().sqrt().item() for edit in edits]

# %% wrong="distance_over_all" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return (torch.cat(edits) - original).square().mean().sqrt().item()

# %% wrong="distance_over_all__return_in_loop" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     for edit in edits:
# +         return (edit - original).square().mean().sqrt().item()

# %% wrong="distance_psnr" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(10 * torch.log10(4 / (edit - original).square().mean())).item() for edit in edits]

# %% wrong="distance_reversed" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original).square().mean().sqrt().item() for edit in reversed(edits)]

# %% wrong="distance_root_first" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original).square().mean((2, 3)).sqrt().mean().item() for edit in edits]

# %% wrong="distance_signed" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original).mean().item() for edit in edits]

# %% wrong="distance_signed__absolute_after" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original).mean().abs().item() for edit in edits]

# %% wrong="distance_squared" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original).square().mean().item() for edit in edits]

# %% wrong="distance_summed" of="plain"
# -     return [(edit - original).square().mean().sqrt().item() for edit in edits]
# +     return [(edit - original).square().sum().sqrt().item() for edit in edits]
