"""The app in a real browser: type, pick, press, see a card, cancel, reload; on a phone and a desk, by day and night."""

import base64
import io
import time
from contextlib import contextmanager

import pytest
from PIL import Image
from selenium.webdriver import Keys
from site_browser import DESKTOP, PHONE, browsing
from small_postcards import small_pipeline

pytest.importorskip("gradio", reason="Gradio is not installed")

from helpers.app import start  # noqa: E402
from helpers.app.postcard import SIZE  # noqa: E402

pytestmark = pytest.mark.browser
SECONDS_A_STEP = 0.05
DOWNLOAD = "return document.querySelector('a.fn-download')"


@pytest.fixture(scope="module")
def pipeline():
    return small_pipeline(16, SECONDS_A_STEP)


@pytest.fixture(scope="module")
def browser(pipeline):
    app, address = start(port=0, pipeline=pipeline, wait=False)
    with browsing(address.rstrip("/")) as browser:
        yield browser
    app.close()


def opened(browser, **look):
    browser.open("", **look)
    browser.wait("return document.querySelector('#seed input, #seed textarea') && document.querySelector('.fn-blank')")


def write(browser, name, text):
    field = browser.find(f"#{name} input, #{name} textarea")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.DELETE, text)


def fill(browser, name, text):
    """Put a long text into a field at once."""
    field = browser.find(f"#{name} textarea")
    browser.run("arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))", field, text)


def press(browser, name):
    browser.until(lambda: browser.find(f"#{name}").is_enabled(), f"the button {name} can be pressed")
    browser.run("arguments[0].click()", browser.find(f"#{name}"))


@contextmanager
def machine(browser, pipeline, slower):
    """Let page and network run as on a machine so many times slower."""
    try:
        browser.driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": slower})
        pipeline.unet.seconds_a_call = SECONDS_A_STEP * slower
        yield
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})
        pipeline.unet.seconds_a_call = SECONDS_A_STEP


def told(browser):
    return browser.run("return document.querySelector('#told')?.innerText ?? ''").strip()


def card(browser):
    """Wait for a finished card, and return its name as a file and its bytes."""
    link = browser.wait(DOWNLOAD, 60)
    return link.get_attribute("download"), base64.b64decode(link.get_attribute("href").partition(",")[2])


def drawn(browser, seed="7", button="make"):
    if button == "make":
        write(browser, "seed", seed)
    browser.run("document.querySelector('a.fn-download')?.remove()")
    press(browser, button)
    browser.wait("return document.querySelector('.fn-emerging')")
    return card(browser)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_visitor_types_presses_sees_the_picture_emerge_and_gets_a_card(browser, width, scheme):
    opened(browser, width=width, scheme=scheme)
    write(browser, "text", "A wave at night")
    write(browser, "seed", "7")
    press(browser, "make")
    browser.wait("return document.querySelector('.fn-emerging img')")
    assert 0 < int(browser.find("[role=progressbar]").get_attribute("aria-valuenow")) < 100
    name, content = card(browser)
    assert name == "postcard-7-1.jpg" and Image.open(io.BytesIO(content)).size == SIZE
    assert browser.find(".fn-done img").get_attribute("alt") == "Postcard 1: A wave at night"
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.requests_elsewhere() == [] and browser.errors() == []


def test_text_can_be_read_by_day_and_night(browser):
    for scheme in ("light", "dark"):
        opened(browser, scheme=scheme)
        ink, paper = browser.run(
            "const of = (e, p) => getComputedStyle(e)[p].match(/\\d+/g).slice(0, 3).map(Number);"
            "return [of(document.querySelector('.fn-head p'), 'color'), of(document.body, 'backgroundColor')]"
        )
        assert contrast(ink, paper) >= 4.5, scheme


def contrast(one, other):
    """WCAG 2.1's contrast ratio of two colours."""

    def light(colour):
        linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_picked_colour_stands_in_the_card(browser):
    opened(browser)
    _, red = drawn(browser)
    browser.find("#colour .dialog-button").click()
    field = browser.wait("return document.querySelector('#colour input[type=text]')")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("#2f5d8a", Keys.TAB)
    _, blue = drawn(browser)
    seal = [Image.open(io.BytesIO(content)).getpixel((824, 935)) for content in (blue, red)]
    assert seal[0][2] > seal[0][0] + 40 and seal[1][0] > seal[1][2] + 80, seal


def test_again_with_this_seed_gives_the_same_card_and_an_empty_seed_another(browser):
    opened(browser)
    first = drawn(browser, seed="")
    assert drawn(browser, button="again") == first
    assert drawn(browser, seed="") != first


@pytest.mark.parametrize("slower", [1, 8])
def test_cancel_stops_it_and_the_settings_stay(browser, pipeline, slower):
    opened(browser)
    with machine(browser, pipeline, slower):
        write(browser, "text", "A bridge in rain")
        press(browser, "make")
        browser.wait("return document.querySelector('.fn-emerging')")
        press(browser, "cancel")
        browser.until(lambda: told(browser).startswith("Cancelled"), "it says that it was cancelled")
        time.sleep(40 * SECONDS_A_STEP * slower + 1)  # as long as the card would have taken
        assert browser.run(DOWNLOAD) is None and told(browser).startswith("Cancelled")
        assert browser.find("#text textarea").get_attribute("value") == "A bridge in rain"
    drawn(browser)


def test_a_reload_in_the_middle_leaves_a_page_that_works(browser):
    opened(browser)
    press(browser, "make")
    browser.wait("return document.querySelector('.fn-emerging')")
    opened(browser)
    drawn(browser)


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [("text", "wave " * 1000, "4,999 characters"), ("seed", "-5", "The seed is -5"), ("seed", "x", "The seed is x")],
)
def test_bad_input_gets_a_message_and_the_card_on_the_page_stays(browser, field, text, said):
    opened(browser)
    before = drawn(browser)
    fill(browser, field, text) if len(text) > 100 else write(browser, field, text)
    press(browser, "make")
    browser.until(lambda: said in told(browser), f"the page says {said}")
    assert card(browser) == before
    assert browser.find(f"#{field} input, #{field} textarea").get_attribute("value") == text
