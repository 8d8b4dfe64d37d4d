"""The pictures of one cell, joined to one: a figure of the site has one alt text, one caption, one number."""

import base64
import io

from nbformat import NotebookNode
from PIL import Image

from course.website.outputs import has_picture

_GAP = 12  # pixels between two pictures


def join_pictures(shown: list[NotebookNode]) -> list[NotebookNode]:
    """Stack a cell's PNG pictures into one, at the place of the last; other outputs stay as they are.

    Text that the cell printed between them comes before the figure.
    """
    pictures = [output for output in shown if has_picture(output)]
    if len(pictures) < 2 or not all("image/png" in output.data for output in pictures):
        return shown
    data = NotebookNode({"image/png": _stacked([_read(output) for output in pictures])})
    return [output for output in shown if not has_picture(output)] + [NotebookNode(pictures[-1] | {"data": data})]


def _read(output: NotebookNode) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGBA")


def _stacked(pictures: list[Image.Image]) -> str:
    """Set pictures below each other on white, their left edges in line."""
    width = max(picture.width for picture in pictures)
    height = sum(picture.height for picture in pictures) + _GAP * (len(pictures) - 1)
    canvas = Image.new("RGB", (width, height), "white")
    top = 0
    for picture in pictures:
        canvas.paste(picture, (0, top), mask=picture)
        top += picture.height + _GAP
    buffer = io.BytesIO()
    canvas.save(buffer, format="PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
