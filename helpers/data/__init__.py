"""The data sets of the course. Each says in one line where it came from."""

from helpers.data.photos import load_photo, photo_caption, photo_names, photo_source

__all__ = ["load_photo", "photo_caption", "photo_names", "photo_source"]
