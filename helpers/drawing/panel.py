"""The drawing canvas of a notebook: it works on Colab and in Jupyter, and nothing is fetched for it."""

import base64
import json
import sys
import uuid
from io import BytesIO
from pathlib import Path

import ipywidgets
import torch
from IPython.display import HTML, display
from PIL import Image

from helpers.data.decoding import decoded
from helpers.drawing.sketches import FACE_WITH_A_HAT
from helpers.drawing.strokes import WIDEST, covered, painted, read_strokes
from helpers.plotting import to_pixels

# Names and values of the palette: the plain colours of the emoji that the pocket model has seen
COLOURS = {
    "black": "#141418", "grey": "#969696", "white": "#ffffff", "brown": "#7a4a2b", "red": "#d64541",
    "orange": "#f39c3c", "yellow": "#f7dc6f", "skin": "#f1c8a0", "green": "#58a660", "sky blue": "#bfe3ff",
    "blue": "#548ad6", "dark blue": "#20305a", "purple": "#8e62b6", "pink": "#f0a0be",
}  # fmt: skip
LARGEST_UPLOAD = 30_000_000  # bytes
_PREVIEW_PIXELS = 160


class DrawingPanel:
    """A canvas with colours, brush size, undo and clear, an upload beside it, and below it what the model will get.

    size      pixels of the picture's side, as the model has them, 1 or more
    sheet     (1, 3, size, size) in [-1, 1], a picture to paint on; white where it is not given

    `strokes` and `uploaded` hold what came from the page. The last thing that the student did counts.
    """

    def __init__(self, size: int, sheet: torch.Tensor | None = None):
        self.size, self.sheet = size, sheet
        self.strokes, self.uploaded = [], None
        self._id = f"from-noise-{uuid.uuid4().hex[:12]}"
        self._field = ipywidgets.Textarea(layout=ipywidgets.Layout(display="none"))
        self._field.add_class(self._id)
        self._field.observe(lambda change: self._receive(change["new"]), names="value")
        self._upload = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Upload instead")
        self._upload.observe(self._take_upload, names="value")
        self._message = ipywidgets.Label(value=self._source())
        self._preview = None

    def show(self) -> None:
        """Display the canvas, the upload and, as an ordinary picture, what the model will get."""
        output = getattr(sys.modules.get("google.colab"), "output", None)
        if output is not None:
            output.register_callback(self._id, self._receive)
        display(HTML(self.html()))
        display(ipywidgets.VBox([self._field, self._upload, self._message]))
        self._preview = display(_enlarged(self._current()), display_id=True)

    def picture(self) -> torch.Tensor:
        """Return what was drawn or uploaded as (1, 3, size, size) in [-1, 1], else the stand-in. Says which."""
        print(self._source())
        return self._current()

    def mask(self) -> torch.Tensor:
        """Return where the brush went as (1, 1, size, size): 1 = painted, 0 = left as it was."""
        return covered(self.strokes, self.size)

    def html(self) -> str:
        """Return the canvas as a piece of HTML that needs nothing else."""
        folder = Path(__file__).parent
        settings = {"field": self._id, "colours": list(COLOURS.items()), "widest": WIDEST, "sheet": ""}
        if self.sheet is not None:
            content = BytesIO()
            _enlarged(self.sheet, self.size).save(content, "PNG")
            settings["sheet"] = f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
        return (
            f"<style>{(folder / 'canvas.css').read_text(encoding='utf-8')}</style>"
            f'<div class="from-noise-drawing" id="{self._id}">A drawing canvas appears here when the cell is run.</div>'
            f"<script>(() => {{{(folder / 'canvas.js').read_text(encoding='utf-8')}\n"
            f'drawingSheet(document.getElementById("{self._id}"), {json.dumps(settings)});}})();</script>'
        )

    def _receive(self, text: str) -> None:
        """Take the strokes that the page sent; both ways may bring them, so the second changes nothing."""
        try:
            self.strokes = read_strokes(text)
        except ValueError as error:  # a panel has no other place to say what went wrong
            self._message.value = str(error)
            return
        self.uploaded = None
        self._refresh()

    def _take_upload(self, change) -> None:
        files = change["new"]
        # ipywidgets 7, which Colab has, keeps {name: {"content": ...}}; ipywidgets 8 a tuple of {"name", "content"}
        files = [{"name": name, **file} for name, file in files.items()] if isinstance(files, dict) else list(files)
        if not files:
            return
        name, content = files[-1]["name"], bytes(files[-1]["content"])
        try:
            if len(content) > LARGEST_UPLOAD:
                raise ValueError(f"{name} is larger than {LARGEST_UPLOAD // 10**6} MB. Take a smaller picture.")
            self.uploaded = decoded(content, name, self.size)
        except ValueError as error:
            self._message.value = str(error)
            return
        self._refresh()

    def _current(self) -> torch.Tensor:
        if self.uploaded is not None:
            return self.uploaded
        is_empty = not self.strokes and self.sheet is None
        return painted(FACE_WITH_A_HAT if is_empty else self.strokes, self.size, self.sheet)

    def _source(self) -> str:
        if self.uploaded is not None:
            return "Your picture, uploaded."
        if self.strokes:
            return f"Your drawing, {len(self.strokes)} stroke{'s' if len(self.strokes) > 1 else ''}."
        if self.sheet is not None:
            return "Nothing is painted yet: the picture stays as it was. Paint, then run the next cell again."
        return "Nothing is drawn yet: a face drawn in code stands in. Draw, then run the next cell again."

    def _refresh(self) -> None:
        self._message.value = self._source()
        if self._preview is not None:
            self._preview.update(_enlarged(self._current()))


def drawing_panel(size: int, sheet: torch.Tensor | None = None) -> DrawingPanel:
    """Show a canvas to draw on and return it; arguments as `DrawingPanel`. Its `picture()` is what was drawn."""
    panel = DrawingPanel(size, sheet)
    panel.show()
    return panel


def _enlarged(image: torch.Tensor, side: int = _PREVIEW_PIXELS) -> Image.Image:
    """Return a picture for the screen, its pixels left sharp."""
    pixels = Image.fromarray((to_pixels(image) * 255).round().astype("uint8"))
    return pixels.resize((side, side), Image.Resampling.NEAREST)
