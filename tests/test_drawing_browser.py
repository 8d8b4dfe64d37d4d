"""The drawing canvas in a real browser: what is drawn there arrives in Python as the same pixels."""

import base64

import pytest
import torch
from selenium.webdriver import ActionChains
from site_browser import opened

from helpers.data.decoding import decoded
from helpers.denoisers import drawn_pictures
from helpers.drawing import DrawingPanel, covered, painted, read_strokes

pytestmark = pytest.mark.browser
SIZE = 32

# What a notebook has around the canvas: the hidden field of ipywidgets, and on Colab the call into the kernel.
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>canvas</title>
<div class="{field}" style="display: none"><textarea></textarea></div>
<script>
window.heard = [];
document.querySelector("textarea").addEventListener("input", (event) => heard.push(["input", event.target.value]));
document.querySelector("textarea").addEventListener("change", (event) => heard.push(["change", event.target.value]));
</script>
{html}"""
COLAB = """<script>window.google = {colab: {kernel: {
  invokeFunction: (name, list, named) => heard.push([name, list[0]])}}};</script>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("canvas")


@pytest.fixture(scope="module")
def browser(folder):
    with opened(folder) as browser:
        yield browser


@pytest.fixture
def sheet(folder, browser):
    """Return a function that opens a canvas of a panel and returns the panel.

    Each page has an address of its own: browsers keep a page that was written again within the same second.
    """

    def show(picture=None, head="", without_field=False, width=1280):
        panel = DrawingPanel(SIZE, picture)
        field = "nobody" if without_field else panel._id
        page = f"{panel._id}.html"
        (folder / page).write_text(PAGE.format(field=field, html=head + panel.html()), encoding="utf-8")
        browser.open(page, width=width)
        return panel

    return show


def drag(browser, *points):
    """Draw one line over the sheet through points from 0 to 1."""
    canvas = browser.find("canvas")
    wide, high = canvas.size["width"], canvas.size["height"]
    places = [(round((x - 0.5) * wide), round((y - 0.5) * high)) for x, y in points]
    pen = ActionChains(browser.driver, duration=20).move_to_element_with_offset(canvas, *places[0]).click_and_hold()
    for place in places[1:]:
        pen.move_to_element_with_offset(canvas, *place)
    pen.release().perform()


def press(browser, name):
    browser.run(
        "[...document.querySelectorAll('button')].find(b => (b.textContent || b.title) === arguments[0]).click()", name
    )


def sent(browser):
    """Return what the canvas sent last through the hidden field."""
    return browser.run("return document.querySelector('textarea').value")


def on_screen(browser):
    """Return the pixels of the canvas, averaged down to the model's size."""
    address = browser.run("return document.querySelector('canvas').toDataURL('image/png')")
    return decoded(base64.b64decode(address.partition(",")[2]), "the canvas", SIZE)


def draw_a_house(browser):
    press(browser, "sky blue")
    press(browser, "Fill")
    browser.run(
        "const b = document.querySelector('input[type=range]'); b.value = 25; b.dispatchEvent(new Event('input'))"
    )
    press(browser, "red")
    drag(browser, (0.3, 0.7), (0.7, 0.7))
    press(browser, "brown")
    drag(browser, (0.2, 0.5), (0.5, 0.25), (0.8, 0.5))


def test_a_drawing_arrives_as_the_pixels_that_were_drawn(sheet, browser):
    sheet()
    draw_a_house(browser)
    strokes = read_strokes(sent(browser))
    assert [stroke.colour for stroke in strokes] == ["#bfe3ff", "#d64541", "#7a4a2b"]
    difference = (painted(strokes, SIZE) - on_screen(browser)).square().mean().sqrt()
    assert difference < 0.04, "of 2, from black to white: the two renderers round edges differently, no more"
    assert browser.errors() == []


def test_each_change_reaches_the_widget_and_colab(sheet, browser):
    panel = sheet(head=COLAB)
    drag(browser, (0.2, 0.2), (0.8, 0.8))
    heard = browser.run("return heard")
    assert [name for name, _ in heard] == ["input", "change", panel._id]
    assert len({text for _, text in heard}) == 1


def test_undo_takes_back_the_last_stroke_and_also_a_clear(sheet, browser):
    sheet()
    drag(browser, (0.2, 0.2), (0.8, 0.2))
    drag(browser, (0.2, 0.8), (0.8, 0.8))
    press(browser, "Clear")
    assert read_strokes(sent(browser)) == [] and on_screen(browser).min() == 1
    press(browser, "Undo")
    assert len(read_strokes(sent(browser))) == 2
    press(browser, "Undo")
    (left,) = read_strokes(sent(browser))
    assert left.points[0] == pytest.approx((0.2, 0.2), abs=0.01)
    assert (painted([left], SIZE) - on_screen(browser)).abs().mean() < 0.02


def test_a_click_makes_a_dot(sheet, browser):
    sheet()
    browser.run(
        "const b = document.querySelector('input[type=range]'); b.value = 30; b.dispatchEvent(new Event('input'))"
    )
    drag(browser, (0.5, 0.5))
    (dot,) = read_strokes(sent(browser))
    assert len(dot.points) == 1 and dot.width == 0.3
    assert on_screen(browser)[0, :, SIZE // 2, SIZE // 2].max() < -0.8


def test_strokes_lie_on_a_picture_that_was_given(sheet, browser):
    photo = drawn_pictures(SIZE).means[62:63]
    sheet(photo)
    browser.until(lambda: (on_screen(browser) - photo).abs().mean() < 0.02, "the picture lies on the sheet")
    drag(browser, (0.1, 0.9), (0.9, 0.9))
    strokes = read_strokes(sent(browser))
    assert (painted(strokes, SIZE, photo) - on_screen(browser)).abs().mean() < 0.04
    kept = covered(strokes, SIZE) == 0
    assert torch.equal(painted(strokes, SIZE, photo)[..., :20, :], photo[..., :20, :]) and 0.5 < kept.float().mean() < 1


def test_a_sheet_that_nothing_listens_to_says_so(sheet, browser):
    sheet(without_field=True)
    drag(browser, (0.2, 0.2), (0.8, 0.8))
    assert "run this cell again" in browser.find("[role=status]").text


def test_nothing_is_fetched(sheet, browser):
    sheet(drawn_pictures(SIZE).means[:1])
    draw_a_house(browser)
    assert browser.requests_elsewhere() == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_canvas_fits_the_page(sheet, browser, width):
    sheet(width=width)
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
