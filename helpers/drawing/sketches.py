"""A drawing made in code, as somebody might draw it on the canvas: it stands in until a student has drawn."""

from helpers.drawing.strokes import Stroke

FACE_WITH_A_HAT = (
    Stroke("#f7dc6f", 0.74, ((0.5, 0.56),)),
    Stroke("#7a4a2b", 0.12, ((0.14, 0.32), (0.86, 0.32))),
    Stroke("#7a4a2b", 0.22, ((0.36, 0.2), (0.64, 0.2))),
    Stroke("#141418", 0.09, ((0.37, 0.5),)),
    Stroke("#141418", 0.09, ((0.63, 0.5),)),
    Stroke("#141418", 0.05, ((0.34, 0.7), (0.42, 0.77), (0.5, 0.79), (0.58, 0.77), (0.66, 0.7))),
)
