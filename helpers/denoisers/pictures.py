"""The small world of the exact denoiser: pictures drawn in code, each with its captions."""

import numpy as np
import torch
from PIL import Image, ImageDraw

COLOURS = {"red": (220, 50, 47), "green": (60, 160, 70), "blue": (50, 100, 210), "yellow": (245, 200, 50)}


def drawn_pictures(size=32):
    from helpers.denoisers.exact import GaussianMixture

    pics = []
    caps = []
    for n, c in COLOURS.items():
        for shape in ("circle", "square"):
            for dx in (-0.12, 0, 0.12):
                im = Image.new("RGB", (8 * size, 8 * size), (250, 245, 235))
                d = ImageDraw.Draw(im)
                L = 8 * size
                box = [(0.5 + dx - 0.3) * L, 0.2 * L, (0.5 + dx + 0.3) * L, 0.8 * L]
                (d.ellipse if shape == "circle" else d.rectangle)(box, fill=c)
                pics.append(np.asarray(im.resize((size, size), Image.BOX)))
                caps.append((f"a {n} {shape}",))
    x = torch.from_numpy(np.stack(pics)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return GaussianMixture(x, captions=tuple(caps))
