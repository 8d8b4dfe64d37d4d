"""Drawing by hand in a notebook: the canvas, what it sends, and sketches made in code."""

from helpers.drawing.panel import DrawingPanel, drawing_panel
from helpers.drawing.sketches import sketch
from helpers.drawing.strokes import Stroke, covered, painted, read_strokes

__all__ = ["DrawingPanel", "Stroke", "covered", "drawing_panel", "painted", "read_strokes", "sketch"]
