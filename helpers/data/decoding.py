"""Bytes or a file that claim to be a picture -> a square tensor, whatever camera or program made them."""

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_PICTURE = 64_000_000  # pixels; a small file can unpack to far more than memory holds


def decoded(source: Path | str | bytes, name: str, size: int) -> torch.Tensor:
    """Return a picture as (1, 3, size, size) float32 in [-1, 1]: upright, on white, its middle square averaged down.

    source  a file, or the bytes of one
    name    what to call it in an error
    size    pixels, 1 or more

    Raises ValueError for a size out of range, what is no picture, is damaged or has more than LARGEST_PICTURE pixels.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise ValueError(f"size is {size!r}; expected a whole number of pixels, 1 or more.")
    square = _square(_opened(source, name)).convert("RGBA")
    on_white = Image.alpha_composite(Image.new("RGBA", square.size, "white"), square).convert("RGB")
    small = on_white.resize((size, size), Image.Resampling.LANCZOS)  # filters before it drops pixels
    pixels = torch.from_numpy(np.array(small)).permute(2, 0, 1).float()
    return (pixels / 127.5 - 1).unsqueeze(0)


def _opened(source: Path | str | bytes, name: str) -> Image.Image:
    head = source[:64] if isinstance(source, bytes) else _head(Path(source))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(source) if isinstance(source, bytes) else source)
        if image.width * image.height > LARGEST_PICTURE:
            raise Image.DecompressionBombError
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        most = LARGEST_PICTURE // 10**6
        raise ValueError(f"{name} has more than {most} million pixels. Make it smaller and try again.") from error
    except UnidentifiedImageError as error:
        raise ValueError(f"{name} is no picture that can be read; {_instead(head)}") from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's ways to say that a file is cut short or altered
        raise ValueError(f"{name} is damaged or cannot be read: {error}. Copy or download it again.") from error
    return image


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def _instead(head: bytes) -> str:
    """Return what to do about a file that is no picture, by how it begins."""
    if head.lstrip()[:1] == b"<":
        return "it is a web page or a drawing in SVG. Open the picture by itself and copy the address of that."
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return "it comes in a phone's own format. Save it as JPEG first."
    return "expected PNG, JPEG, WebP or the like."


def _square(image: Image.Image) -> Image.Image:
    """Return the middle square of a picture, turned as its camera says and with 8 bits a channel."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # scientific formats: Pillow would cut their values at 255
        values = np.asarray(image, dtype=np.float64)
        spread = max(values.max() - values.min(), 1e-12)
        image = Image.fromarray(((values - values.min()) / spread * 255).astype(np.uint8))
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))
