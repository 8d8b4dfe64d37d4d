"""The website of a small course, built as the real one is: warnings as errors, nothing from elsewhere."""

import re

import pytest
import site_sample
from site_reader import broken_links, read_site

from course import CourseError
from course.paths import ROOT
from course.website.finished import foreign_resources
from course.website.site import build_site

pytestmark = pytest.mark.slow

CHAPTER_PAGE = f"notebooks/{site_sample.CHAPTER}.html"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    paths = site_sample.sample_course(tmp_path_factory.mktemp("course"))
    build_site(paths)
    return paths


@pytest.fixture(scope="module")
def pages(course):
    return read_site(course.site)


@pytest.fixture(scope="module")
def chapter(course, pages):
    return pages[course.site / CHAPTER_PAGE]


def test_the_index_leads_to_the_landing_page(course):
    assert 'url=book/index.html"' in (course.site / "index.html").read_text(encoding="utf-8")


def test_every_picture_has_a_text_in_its_place(course, pages):
    bare = [
        f"{page.path.name}: {image.get('src')}"
        for page in pages.values()
        for image in page.images
        if not image.get("alt") and "logo__image" not in image.get("class", "")  # its name stands beside the logo
    ]
    assert bare == []


def test_every_link_inside_the_site_leads_somewhere(pages):
    assert broken_links(pages) == []


def test_no_page_fetches_anything_from_elsewhere(course):
    assert foreign_resources(course.site) == []


def test_formulas_are_mathml_without_a_script(course, chapter):
    assert chapter.tags["math"] >= 3
    assert "mathjax" not in (course.site / CHAPTER_PAGE).read_text("utf-8").lower().replace("mathjax_ignore", "")


def test_the_chapter_shows_released_code_and_computed_outputs(chapter):
    assert "NotImplementedError" in chapter.text
    assert "forward: right at all 40 times." in chapter.text
    assert "BEGIN SOLUTION" not in chapter.text
    assert "alphas_cumprod[t].sqrt()" not in chapter.text


def test_figures_are_numbered_and_captioned(chapter):
    assert re.search(r"Figure 1\.1 More noise", chapter.text)
    assert re.search(r"Figure 1\.2 A panel with three sliders", chapter.text)


def test_the_downloaded_notebook_is_the_released_one(course, chapter):
    link = next(link for link in chapter.links if link.endswith(".ipynb") and "_downloads" in link)
    downloaded = (course.site / "notebooks" / link).resolve().read_bytes()
    assert downloaded == course.notebook(site_sample.CHAPTER).read_bytes()


def test_the_landing_page_has_a_card_for_the_chapter(course, pages):
    landing = pages[course.site / "book/index.html"]
    assert "One line adds the noise of any time." in landing.text
    assert any(link.endswith(CHAPTER_PAGE) for link in landing.links)


def test_no_label_hides_the_text_that_it_stands_on(course):
    pages = [path.read_text(encoding="utf-8") for path in course.site.rglob("*.html")]
    assert not [page for page in pages if "<summary aria-label" in page or "doc-biblioentry" in page]
    assert not [
        page for page in pages if 'title="Search" aria-label="Search" data-bs-placement' in page.split("<main")[0]
    ]


def test_the_icon_script_of_the_theme_is_neither_loaded_nor_there(course):
    assert "fontawesome.js" not in (course.site / CHAPTER_PAGE).read_text(encoding="utf-8")
    assert not list(course.site.rglob("fontawesome.js"))


def test_the_site_is_small(course):
    files = [path for path in course.site.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 4_000_000


def test_warnings_are_errors_that_name_the_page(tmp_path):
    paths = site_sample.sample_course(tmp_path)
    text = "# Errata\n\n[gone](gone.md), {cite:p}`nobody1999nothing`, $\\nonsense$\n"
    (tmp_path / "book/errata.md").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError) as error:
        build_site(paths)
    for fault in ("gone.md", "nobody1999nothing", "nonsense"):
        assert re.search(rf"errata.*{fault}|{fault}.*errata", str(error.value)), f"{fault} is not named"


def test_a_course_may_publish_its_solutions(tmp_path):
    paths = site_sample.sample_course(tmp_path)
    text = paths.config.read_text(encoding="utf-8")
    paths.config.write_text(text.replace("publish_solutions: false", "publish_solutions: true"), encoding="utf-8")
    page = read_site(build_site(paths))[paths.site / CHAPTER_PAGE]
    assert "return alphas_cumprod[t].sqrt() * im" in page.text
    assert "seed=1" not in page.text, "a hidden test is shown"


# --- colours


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


STYLE = (ROOT / "book/_static/styles/scheme.css").read_text(encoding="utf-8")
COLOURS = {name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)}
WRITTEN = [name for name in COLOURS if re.match(r"ink|link|accent|box-|code-", name)]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("ground", ["paper", "panel"])
def test_text_and_ground_differ_by_at_least_4_5_to_1(name, ground, scheme):
    assert contrast(COLOURS[name][scheme], COLOURS[ground][scheme]) >= 4.5


def test_the_contrast_of_black_and_white_is_21_to_1():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
