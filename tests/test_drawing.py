"""The Python side of the drawing canvas: strokes in, pixels out, uploads, and what it says."""

import io
import json
import sys
import types

import matplotlib
import pytest
import torch
from PIL import Image

matplotlib.use("agg")

from helpers import drawing  # noqa: E402  the backend is chosen first
from helpers.drawing import FACE_WITH_A_HAT, DrawingPanel, Stroke, covered, painted, panel, read_strokes  # noqa: E402

LINE = {"colour": "#ff0000", "width": 0.25, "points": [[0.1, 0.5], [0.9, 0.5]]}


def text_of(*strokes) -> str:
    return json.dumps({"strokes": list(strokes)})


def test_a_line_becomes_a_bar_of_its_colour_and_width():
    picture = painted(read_strokes(text_of(LINE)), 32)
    assert picture.shape == (1, 3, 32, 32) and picture.dtype == torch.float32
    assert torch.allclose(picture[0, :, 16, 16], torch.tensor([1.0, -1.0, -1.0]))
    column = covered(read_strokes(text_of(LINE)), 32)[0, 0, :, 16]
    assert column.sum() == 8 and column[12:20].all(), "a quarter of 32 pixels, around the middle"


@pytest.mark.parametrize("size", [16, 32, 64])
def test_a_drawing_is_the_same_at_every_size(size):
    large = torch.nn.functional.avg_pool2d(painted(FACE_WITH_A_HAT, 128), 128 // size)
    assert (painted(FACE_WITH_A_HAT, size) - large).abs().mean() < 0.02


def test_strokes_cover_a_picture_only_where_the_brush_went():
    sheet = torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)
    strokes = [Stroke("#00ff00", 0.25, ((0.5, 0.5),))]
    picture, mask = painted(strokes, 16, sheet), covered(strokes, 16)
    assert torch.equal(picture[..., 0, :], sheet[..., 0, :]) and picture[0, 1, 8, 8] == 1
    assert set(mask.unique().tolist()) == {0, 1} and 0.02 < mask.mean() < 0.08


def test_the_widest_stroke_fills_the_sheet():
    filled = painted([Stroke("#102030", 4.0, ((0.5, 0.5),))], 32)
    assert filled.std(dim=(2, 3)).max() == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"strokes": 3}',
        '{"strokes": [{}]}',
        "[" * 100_000,
        text_of({**LINE, "points": [[1, 2, 3]]}),
        text_of({**LINE, "points": []}),
        text_of({**LINE, "points": [[float("nan"), 0]]}),
        text_of({**LINE, "points": [[9e9, 0]]}),
        text_of({**LINE, "width": 0}),
        text_of({**LINE, "colour": "red"}),
        text_of({**LINE, "colour": "#ff0000; background: url(x)"}),
    ],
)
def test_what_is_no_drawing_is_refused(text):
    with pytest.raises(ValueError, match="Run .* again"):
        read_strokes(text)


def test_a_drawing_without_end_is_refused():
    with pytest.raises(ValueError, match="expected at most 2000"):
        read_strokes(text_of(*[LINE] * 2001))


@pytest.fixture
def shown(monkeypatch):
    """Return the list of what a panel displays, with the pictures that replace its preview."""
    things = []

    def display(thing, display_id=False):
        things.append(thing)
        return types.SimpleNamespace(update=things.append) if display_id else None

    monkeypatch.setattr(panel, "display", display)
    return things


def png(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(content, "PNG")
    return content.getvalue()


def test_before_anything_is_drawn_a_face_stands_in_and_says_so(shown, capsys):
    picture = drawing.drawing_panel(32).picture()
    assert torch.equal(picture, painted(FACE_WITH_A_HAT, 32))
    assert "a face drawn in code stands in" in capsys.readouterr().out
    assert shown[-1].size == (160, 160), "a still picture that a saved page keeps"


def test_strokes_that_arrive_in_the_field_become_the_picture(shown, capsys):
    box = drawing.drawing_panel(32)
    box._field.value = text_of(LINE)
    assert torch.equal(box.picture(), painted(read_strokes(text_of(LINE)), 32))
    assert capsys.readouterr().out == "Your drawing, 1 stroke.\n"
    assert shown[-1].getpixel((80, 80)) == (255, 0, 0) and box.mask().sum() > 100


def test_a_cleared_sheet_brings_the_stand_in_back(shown):
    box = drawing.drawing_panel(32)
    box._field.value = text_of(LINE)
    box._field.value = text_of()
    assert torch.equal(box.picture(), painted(FACE_WITH_A_HAT, 32))


def test_nonsense_in_the_field_is_named_and_changes_nothing(shown):
    box = drawing.drawing_panel(32)
    box._field.value = text_of(LINE)
    box._field.value = "nonsense"
    assert len(box.strokes) == 1 and "no list of strokes" in box._message.value


def uploads(name: str, content: bytes) -> list:
    """Return an upload as ipywidgets 7, which Colab has, and ipywidgets 8 hand it over."""
    return [{name: {"metadata": {}, "content": content}}, ({"name": name, "content": memoryview(content)},)]


@pytest.mark.parametrize("version", [0, 1], ids=["ipywidgets 7", "ipywidgets 8"])
def test_an_upload_takes_the_place_of_the_drawing_until_something_is_drawn(shown, capsys, version):
    box = drawing.drawing_panel(16)
    box._take_upload({"new": uploads("blue.png", png("blue"))[version]})
    assert torch.allclose(box.picture()[0, :, 8, 8], torch.tensor([-1.0, -1.0, 1.0]))
    assert capsys.readouterr().out == "Your picture, uploaded.\n"
    box._field.value = text_of(LINE)
    assert box.picture()[0, 0, 8, 8] == 1 and box.uploaded is None


@pytest.mark.parametrize("version", [0, 1], ids=["ipywidgets 7", "ipywidgets 8"])
def test_an_upload_that_is_no_picture_is_named(shown, version):
    box = drawing.drawing_panel(16)
    box._take_upload({"new": uploads("note.txt", b"words")[version]})
    assert box.uploaded is None and "note.txt is no picture" in box._message.value
    box._take_upload({"new": ()})
    assert box.uploaded is None


def test_too_large_an_upload_is_named(shown, monkeypatch):
    monkeypatch.setattr(panel, "LARGEST_UPLOAD", 10)
    box = drawing.drawing_panel(16)
    box._take_upload({"new": uploads("large.png", png("red"))[1]})
    assert box.uploaded is None and "large.png is larger than 0 MB" in box._message.value


def test_a_picture_can_be_painted_on(shown, capsys):
    sheet = torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)
    box = drawing.drawing_panel(16, sheet)
    assert torch.equal(box.picture(), sheet) and "stays as it was" in capsys.readouterr().out
    assert "data:image/png;base64," in box.html()


def test_on_colab_the_kernel_listens_under_the_name_that_the_page_calls(shown, monkeypatch):
    registered = {}
    output = types.SimpleNamespace(register_callback=lambda name, function: registered.update({name: function}))
    monkeypatch.setitem(sys.modules, "google.colab", types.SimpleNamespace(output=output))
    box = drawing.drawing_panel(16)
    ((name, receive),) = registered.items()
    assert f'"field": "{name}"' in box.html()
    receive(text_of(LINE))
    assert len(box.strokes) == 1


def test_the_page_of_a_canvas_names_no_address():
    html = DrawingPanel(16).html()
    assert "http" not in html.replace("http-equiv", "") and "src=" not in html and "import(" not in html


def test_two_panels_do_not_hear_each_other(shown):
    first, second = drawing.drawing_panel(16), drawing.drawing_panel(16)
    first._field.value = text_of(LINE)
    assert first.strokes and not second.strokes and first._id != second._id
