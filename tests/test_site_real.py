"""The website itself: its chapters, followed link by link and opened in a real browser."""

import shutil

import pytest
from site_browser import DESKTOP, PHONE, opened
from site_reader import broken_links, read_site

from course.execute import execute
from course.paths import ROOT, Paths
from course.website.finished import foreign_resources
from course.website.site import build_site

CHAPTERS = Paths().chapters()
PAGES = [f"notebooks/{name}.html" for name in CHAPTERS] + [
    f"book/{path.stem}.html" for path in sorted((ROOT / "book").glob("*.md"))
]
FORMULAS = f"notebooks/{CHAPTERS[1]}.html"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # a class or a site of all chapters is made first


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site from this checkout, in a folder of its own: `_build` stays as it is."""
    execute(Paths())  # what has not changed since its last run is not run again
    root = tmp_path_factory.mktemp("site")
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, root)
    for name in ("book", "notebooks", "solutions", "helpers/weights"):
        shutil.copytree(ROOT / name, root / name)
    Paths(root).executed_folder.mkdir(parents=True)
    for chapter in CHAPTERS:
        shutil.copy(Paths().executed(chapter), Paths(root).executed_folder)
    return build_site(Paths(root))


@pytest.fixture(scope="module")
def pages(site):
    return read_site(site)


@pytest.fixture(scope="module")
def browser(site):
    with opened(site) as browser:
        yield browser


def test_every_link_inside_the_site_leads_somewhere(pages):
    assert broken_links(pages) == []


def test_no_page_fetches_anything_from_elsewhere(site):
    assert foreign_resources(site) == []


def test_every_picture_has_a_text_in_its_place(pages):
    images = [(page.path.name, image) for page in pages.values() for image in page.images]
    assert not [name for name, image in images if not image.get("alt") and "logo__image" not in image["class"]]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_figures_and_released_code_only(site, pages, chapter):
    page = pages[site / "notebooks" / f"{chapter}.html"]
    assert page.tags["figure"] >= 3
    assert "write your answer here, then run the check below" in page.text
    assert "BEGIN" not in page.text, "a marker is shown"


def test_every_work_of_the_bibliography_is_listed(site, pages):
    keys = (ROOT / "book/references.bib").read_text(encoding="utf-8").count("\n@")
    assert pages[site / "book/references.html"].text.count("URL: ") <= keys
    assert (site / "book/references.html").read_text(encoding="utf-8").count('class="citation"') == keys


# --- in the browser


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_an_error_or_a_request_elsewhere(browser, page):
    browser.errors(), browser.requests_elsewhere()
    browser.open(page)
    browser.run("return document.fonts.ready.then(() => true)")
    assert browser.errors() == [], "an error, or a file that is missing"
    assert browser.requests_elsewhere() == []


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_no_page_is_wider_than_the_screen(browser, page, width):
    browser.open(page, width=width)
    assert browser.run("return document.documentElement.scrollWidth") <= width


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_every_picture_of_a_page_is_loaded(browser, page):
    browser.open(page)
    assert browser.run("return [...document.images].filter(i => !i.naturalWidth).map(i => i.src)") == []


@pytest.mark.browser
def test_formulas_are_drawn_in_their_own_font(browser):
    browser.open(FORMULAS)
    browser.run("return document.fonts.ready.then(() => true)")
    assert browser.run("return [...document.fonts].some(f => f.family.includes('Math') && f.status === 'loaded')")
    boxes = browser.run("return [...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().toJSON())")
    assert boxes
    assert all(box["width"] > 3 and box["height"] > 3 for box in boxes)


@pytest.mark.browser
def test_brackets_grow_with_what_they_hold(browser):
    browser.open("book/notation.html")
    browser.run("return document.fonts.ready.then(() => true)")
    heights = browser.run(
        "return [...document.querySelectorAll('div.math mo')].filter(mo => mo.textContent === '(')"
        ".map(mo => mo.getBoundingClientRect().height)"
    )
    assert max(heights) > 1.8 * min(heights), "the font has no table of large brackets"


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "is_light"), [("light", True), ("dark", False)])
def test_the_scheme_follows_the_reader_with_and_without_scripts(browser, scheme, is_light):
    for scripts in (True, False):
        browser.open(FORMULAS, scheme=scheme, scripts=scripts)
        assert (brightness(browser) > 0.5) == is_light


@pytest.mark.browser
def test_the_switch_makes_it_dark_and_figures_stay_on_white(browser):
    browser.open(FORMULAS)
    assert brightness(browser) > 0.9
    for _ in range(3):  # the switch goes round: light, dark, as the system
        browser.run("document.querySelector('.theme-switch-button').click()")
        if browser.run("return document.documentElement.dataset.mode") == "dark":
            break
    assert brightness(browser) < 0.2
    card = browser.run("return getComputedStyle(document.querySelector('figure img')).backgroundColor")
    assert card == "rgb(255, 255, 255)"


@pytest.mark.browser
def test_the_search_finds_forward_without_a_server_of_its_own(browser):
    browser.open("search.html?q=forward")
    links = browser.wait("return [...document.querySelectorAll('#search-results li a')].map(a => a.href)")
    assert any(f"notebooks/{CHAPTERS[1]}.html" in link for link in links)


@pytest.mark.browser
def test_a_chapter_can_be_read_without_scripts(browser):
    browser.open(FORMULAS, scripts=False)
    assert "LOOK AGAIN" in browser.find("article").text
    assert browser.find("figure img").is_displayed()
    assert browser.find("div.math math").size["width"] > 50
    browser.find("details summary").send_keys(" ")
    browser.until(lambda: browser.find("details pre").is_displayed(), "the folded cell stays shut")


@pytest.mark.browser
def test_the_phone_has_the_list_of_chapters_behind_one_button(browser):
    browser.open("book/index.html", width=PHONE)
    link = f"a[href$='{CHAPTERS[2]}.html'].reference.internal"
    assert not browser.find(f".bd-links {link}").is_displayed()
    browser.find(".bd-header-article .primary-toggle").click()
    browser.wait(f'return document.querySelector("dialog .bd-links {link}")?.getBoundingClientRect().width > 50')


@pytest.mark.browser
def test_the_keyboard_reaches_the_text_first(browser):
    browser.open(FORMULAS)
    browser.find("body").send_keys("\ue004")  # the Tab key
    assert browser.run("return document.activeElement.getAttribute('href')") == "#main-content"


@pytest.mark.browser
def test_the_first_address_leads_to_the_landing_page(browser):
    browser.open("index.html")
    browser.wait("return location.pathname.endsWith('/book/index.html')")


def brightness(browser) -> float:
    """Return how light the page's ground is, from 0 to 1."""
    colour = browser.find("body").value_of_css_property("background-color")
    parts = [float(part) for part in colour[colour.index("(") + 1 :].rstrip(")").split(",")[:3]]
    return sum(parts) / 3 / 255
