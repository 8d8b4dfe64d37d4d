"""Figures of the chapters: rows of pictures, curves over time."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import torch
from cycler import cycler
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType  # only recent versions have it

# Colours that stay apart for colour-blind readers (Okabe and Ito 2008), in the order in which curves take them.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLE: "dict[RcKeyType, object]" = {
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "axes.axisbelow": True,
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "figure.dpi": 110,
}


def to_pixels(image: torch.Tensor) -> np.ndarray:
    """Return one picture as (H, W, 3) numbers in [0, 1] for matplotlib.

    image  (1, C, H, W) or (C, H, W) with C = 1 or 3, in [-1, 1]; values outside are clipped

    Raises ValueError for another shape.
    """
    image = torch.as_tensor(image).detach().float().cpu()
    image = image[0] if image.ndim == 4 and len(image) == 1 else image
    if image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(f"the picture has shape {tuple(image.shape)}; expected (1, 3, H, W) or (3, H, W).")
    return ((image.clamp(-1, 1) + 1) / 2).expand(3, -1, -1).permute(1, 2, 0).numpy()


def show_images(
    images: Sequence[torch.Tensor],
    titles: Sequence[str] = (),
    columns: int | None = None,
    width: float = 1.7,
    note: str = "",
) -> None:
    """Show pictures in rows, each with its title above it.

    images   pictures as `to_pixels` takes them, or a batch (B, 3, H, W)
    titles   one for each picture, or none
    columns  pictures in a row; default: all in one row
    width    of a picture, in inches
    note     a line below all of them, such as `helpers.data.mnist_note()`

    Raises ValueError where the titles do not fit the pictures.
    """
    images = list(images)
    if titles and len(titles) != len(images):
        raise ValueError(f"there are {len(images)} pictures and {len(titles)} titles; expected one title for each.")
    columns = columns or len(images)
    rows = -(-len(images) // columns)
    below = 0.25 if note else 0.0
    heights = [width + (0.25 if any(titles[row * columns : (row + 1) * columns]) else 0.04) for row in range(rows)]
    size = (columns * width, sum(heights) + below)
    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03, wspace=0, hspace=0)
    figure, axes = plt.subplots(rows, columns, figsize=size, dpi=130, squeeze=False, layout=layout)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image, title in zip(axes.flat, images, titles or [""] * len(images), strict=False):
        axis.imshow(to_pixels(image), interpolation="nearest")
        axis.set_title(title, fontsize=9)
    if note:
        figure.supxlabel(note, fontsize=8, color="#555555")
    plt.show()


def plot_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], x_label: str, y_label: str, *, log: bool = False,
    marks: Mapping[str, float] | None = None,
) -> None:  # fmt: skip
    """Plot named curves over one axis.

    curves  name -> (x, y)
    log     True draws y on a logarithmic axis
    marks   label -> x of a thin vertical line
    """
    with plt.rc_context(_STYLE):
        _, axis = plt.subplots(figsize=(6.4, 3.4))
        for name, (x, y) in curves.items():
            axis.plot(x, y, label=name)
        for label, x in (marks or {}).items():
            axis.axvline(x, color="#777777", linewidth=1, linestyle=":")
            axis.annotate(
                label, (x, 1), xycoords=("data", "axes fraction"), fontsize=8, color="#555555", ha="center", va="bottom"
            )
        axis.set(xlabel=x_label, ylabel=y_label, yscale="log" if log else "linear")
        if all(isinstance(value, int) for x, _ in curves.values() for value in x):
            axis.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        if len(curves) > 1:
            axis.legend()
        plt.tight_layout()
        plt.show()
