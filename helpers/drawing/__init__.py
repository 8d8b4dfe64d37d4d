"""Drawing by hand in a notebook: the canvas, what it sends, and a drawing made in code."""

from helpers.drawing.panel import DrawingPanel, drawing_panel
from helpers.drawing.sketches import FACE_WITH_A_HAT
from helpers.drawing.strokes import Stroke, covered, painted, read_strokes

__all__ = ["FACE_WITH_A_HAT", "DrawingPanel", "Stroke", "covered", "drawing_panel", "painted", "read_strokes"]
