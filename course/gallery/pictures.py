"""A picture out of a stored output that nobody can vouch for: decoded within limits, written anew from its pixels."""

import base64
import binascii
import hashlib
import io
import warnings

from PIL import Image

LARGEST_FILE = 4_000_000  # bytes of a PNG; a row of five pictures in a notebook has 0.2 million
LARGEST_SIDE = 4096  # pixels
_SHOWN_SIDE = 1024  # pixels; larger ones are made smaller
_PNG = b"\x89PNG\r\n\x1a\n"


class PictureError(Exception):
    """An output that the gallery leaves out; its text says why, as the end of "left out: ..."."""


def clean_png(text: str) -> bytes:
    """Return an output's PNG without anything but its pixels: no text, no time, no colour profile, no second frame.

    text  base64, as a notebook stores it

    Raises PictureError where it is too large, no PNG, or broken.
    """
    if len(text) > LARGEST_FILE * 4 // 3 + 4:
        raise PictureError(
            f"its picture has {len(text) * 3 / 4e6:.1f} MB; at most {LARGEST_FILE / 1e6:.0f} MB are read"
        )
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise PictureError("its picture is damaged: it is no base64") from None
    if not content.startswith(_PNG):
        raise PictureError(f"its picture is called a PNG and is none; it begins with {content[:8]!r}")
    buffer = io.BytesIO()
    _pixels(content).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def name_of(picture: bytes) -> str:
    """Return a file name that says nothing but which picture it is."""
    return f"{hashlib.sha256(picture).hexdigest()[:20]}.png"


def size_of(picture: bytes) -> tuple[int, int]:
    """Return width and height of a picture of `clean_png`, in pixels."""
    return Image.open(io.BytesIO(picture)).size


def _pixels(content: bytes) -> Image.Image:
    """Decode a PNG on white; its size is read, and judged, before a pixel is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures; here they are refused
            found = Image.open(io.BytesIO(content), formats=("PNG",))
            _require_size(found.size)
            found = found.convert("RGBA")
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise PictureError(f"its picture has far too many pixels; at most {LARGEST_SIDE} a side are shown") from None
    except Exception as error:  # whatever a forged file makes a decoder raise
        raise PictureError(f"its picture is damaged ({type(error).__name__})") from None
    clean = Image.new("RGB", found.size, "white")
    clean.paste(found, mask=found)
    clean.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE))
    return clean


def _require_size(size: tuple[int, int]) -> None:
    if max(size) > LARGEST_SIDE or min(size) < 1:
        raise PictureError(f"its picture has {size[0]} x {size[1]} pixels; at most {LARGEST_SIDE} a side are shown")
