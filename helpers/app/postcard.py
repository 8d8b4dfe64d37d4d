"""A picture becomes a postcard: paper, border, a keyline as on a print, a caption, a seal in the colour asked for."""

import base64
import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

SIZE = (960, 1200)  # pixels, 4 : 5
PICTURE = 768
BORDER = (SIZE[0] - PICTURE) // 2
PAPER, INK, FADED, VERMILION = "#f6f0e2", "#26241f", "#8a8272", "#b5382a"
_CAPTION_TOP = BORDER + PICTURE + 62
_CAPTION_WIDTH = 560
_LINE = 46
_SEAL = 76
_FONTS = ("STIXGeneralItalic.ttf", "DejaVuSans.ttf")  # the second has more scripts


def to_image(picture: Tensor, side: int | None = None) -> Image.Image:
    """Return a picture (3, H, W) in [-1, 1] as an image, enlarged smoothly where a side in pixels is given."""
    pixels = ((picture.permute(1, 2, 0).clamp(-1, 1) + 1) * 127.5).round().byte().numpy()
    image = Image.fromarray(pixels)
    return image if side is None else image.resize((side, side), Image.Resampling.LANCZOS)


def postcard(picture: Tensor, caption: str = "", note: str = "", seal: str | None = None) -> Image.Image:
    """Return a picture as a card of 960 x 1200 pixels.

    picture  (3, H, W) in [-1, 1], square
    caption  set in italics, two lines at most; what is longer ends in an ellipsis
    note     a small line under it, such as the seed
    seal     "#rrggbb", the colour of the seal; None = vermilion
    """
    card = Image.new("RGB", SIZE, PAPER)
    card.paste(to_image(picture, PICTURE), (BORDER, BORDER))
    pen = ImageDraw.Draw(card)
    pen.rectangle((BORDER - 1, BORDER - 1, BORDER + PICTURE, BORDER + PICTURE), outline=INK, width=2)
    gap = 12
    pen.rectangle(
        (BORDER - gap, BORDER - gap, BORDER + PICTURE + gap - 1, BORDER + PICTURE + gap - 1), outline=FADED, width=1
    )
    lines = _wrapped(_known(caption))
    for place, line in enumerate(lines):
        pen.text((BORDER, _CAPTION_TOP + place * _LINE), line, INK, _font(_font_for(line), 42))
    pen.text((BORDER, SIZE[1] - BORDER - 2), _known(note), FADED, _font(_FONTS[0], 24), anchor="lb")
    _stamp(pen, seal or VERMILION)
    return card


def _stamp(pen: ImageDraw.ImageDraw, colour: str) -> None:
    """Draw the seal: a mountain over a line of water, in a square."""
    left, top = BORDER + PICTURE - _SEAL, _CAPTION_TOP + 4
    pen.rounded_rectangle((left, top, left + _SEAL, top + _SEAL), 6, fill=colour, outline=INK, width=1)
    light = PAPER if sum(_rgb(colour)) < 480 else INK
    pen.rounded_rectangle((left + 7, top + 7, left + _SEAL - 7, top + _SEAL - 7), 3, outline=light, width=2)
    middle = (left + _SEAL / 2, top + _SEAL * 0.66)
    pen.line([(left + 17, middle[1]), (middle[0], top + 22), (left + _SEAL - 17, middle[1])], light, 4, "curve")
    pen.line([(left + 17, middle[1] + 8), (left + _SEAL - 17, middle[1] + 8)], light, 3)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _wrapped(caption: str) -> list[str]:
    """Break a caption into two lines at most; what is longer ends in an ellipsis."""
    font, lines = _font(_font_for(caption), 42), [""]
    for word in caption.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= _CAPTION_WIDTH or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    kept = lines[:2]
    if len(lines) > 2:
        kept[-1] += "…"
    return [_shortened(line, font) for line in kept]


def _shortened(line: str, font: ImageFont.FreeTypeFont) -> str:
    if font.getlength(line) <= _CAPTION_WIDTH:
        return line
    line = line.rstrip("…")
    while line and font.getlength(line + "…") > _CAPTION_WIDTH:
        line = line[:-1]
    return line.rstrip(" ,.;") + "…"


def _known(text: str) -> str:
    """Return a text without the signs that no font here has: they would be printed as empty boxes."""
    known = set().union(*map(_signs, _FONTS))
    return "".join(sign for sign in text if ord(sign) in known).strip()


def _font_for(text: str) -> str:
    fits = (name for name in _FONTS if all(ord(sign) in _signs(name) for sign in text))
    return next(fits, _FONTS[-1])


@cache
def _signs(name: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(_path(name), lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_path(name), size)


def _path(name: str) -> str:
    """Return the path of a font that matplotlib ships."""
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)


def data_address(image: Image.Image, kind: str = "JPEG") -> str:
    """Return an image as an address that holds it whole, so that a page needs no further request."""
    content = io.BytesIO()
    image.save(content, kind, **({"quality": 94, "subsampling": 0} if kind == "JPEG" else {}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(content.getvalue()).decode()}"
