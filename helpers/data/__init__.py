"""The data sets of the course. Each says in one line where it came from."""

from helpers.data.faces import faces_source, load_faces
from helpers.data.masks import box_mask, ellipse_mask
from helpers.data.mnist import Digits, load_mnist, mnist_note, mnist_source
from helpers.data.own import picture_from_web
from helpers.data.photos import load_photo, photo_caption, photo_names, photo_source
from helpers.data.prints import load_prints, prints_note, prints_source

__all__ = [
    "Digits",
    "box_mask",
    "ellipse_mask",
    "faces_source",
    "load_faces",
    "load_mnist",
    "load_photo",
    "load_prints",
    "mnist_note",
    "mnist_source",
    "photo_caption",
    "photo_names",
    "photo_source",
    "picture_from_web",
    "prints_note",
    "prints_source",
]
