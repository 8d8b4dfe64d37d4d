"""The page of a class's pictures: pictures alone get onto it, from hand-ins that nobody can vouch for."""

import base64
import copy
import io
import re
import shutil
import struct
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from class_of_sums import CHAPTER, class_of_sums, hand_in, material, position, put_in
from PIL import Image, PngImagePlugin

from course import CourseError
from course.build import build
from course.gallery import pictures
from course.gallery.collect import collect
from course.gallery.command import make_gallery
from course.gallery.pictures import PictureError, clean_png
from course.website.finished import foreign_resources

FIGURE = '# %% figure="doubles" alt="Numbers and their doubles in a list" caption="The doubles of three numbers."\n'
GALLERY = """\
# %% [markdown]
# Draw a picture.

# %% gallery="own" title="A picture of my own"
from helpers.plotting import show_images

show_images([1])

"""


def png(colour="red", size=(40, 30), **options) -> str:
    """Return a picture as a notebook stores it."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, format="PNG", **options)
    return base64.b64encode(buffer.getvalue()).decode()


def image(text: str, kind: str = "image/png") -> dict:
    return {"output_type": "display_data", "data": {kind: text, "text/plain": "<Figure size 4x3>"}, "metadata": {}}


def printed(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": [text]}


def bomb() -> str:
    """Return a PNG of a few hundred bytes that claims 50,000 x 50,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    content = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The chapter of sums, asking for a picture."""
    paths = class_of_sums(tmp_path_factory.mktemp("gallery"))
    source = paths.solution(CHAPTER)
    text = source.read_text(encoding="utf-8")
    assert FIGURE in text
    source.write_text(text.replace(FIGURE, GALLERY + FIGURE), encoding="utf-8")
    build(paths)
    return paths


@pytest.fixture
def shown(course):
    """Return a function that makes a notebook whose gallery cell shows these outputs."""
    solved = material(course).solved

    def with_outputs(*outputs) -> dict:
        notebook = copy.deepcopy(solved)
        notebook["cells"][position(notebook, "gallery_own")]["outputs"] = list(outputs)
        return notebook

    return with_outputs


def reasons(left_out) -> dict[str, str]:
    return {one.student: one.reason for one in left_out}


class Tags(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def of(self, name: str) -> list[dict]:
        return [attributes for tag, attributes in self.found if tag == name]


# --- what is collected


def test_a_picture_and_its_one_line_are_found(course, shown, tmp_path):
    hand_in(tmp_path, "ada", shown(printed("a rocket\n"), image(png())))
    (entry,), left_out = collect(tmp_path, course)
    assert (entry.student, entry.chapter, entry.caption, left_out) == ("ada", CHAPTER, "a rocket", [])
    assert Image.open(io.BytesIO(entry.picture)).getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("outputs", "caption"),
    [
        ([printed("one\ntwo\n")], ""),
        ([printed("a warning\n", "stderr")], ""),
        ([printed("50%|##  | 5/10\r100%|####| 10/10\n"), printed("a cat\n")], "a cat"),
        ([printed("x" * 500)], "x" * 199 + "…"),
        ([printed("safe\u202egnp.exe\x07")], "safegnp.exe"),
        ([{"output_type": "stream", "name": "stdout", "text": {"not": "text"}}], ""),
    ],
    ids=["two lines", "stderr", "progress", "long", "control signs", "no text"],
)
def test_a_caption_is_one_plain_line_or_nothing(course, shown, tmp_path, outputs, caption):
    hand_in(tmp_path, "ada", shown(*outputs, image(png())))
    assert collect(tmp_path, course)[0][0].caption == caption


def test_whatever_is_no_picture_is_left_out_with_the_reason(course, shown, tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_FILE", 20_000)
    script = "<script>alert(1)</script>"
    hostile = {
        "html": ([image(script, "text/html")], "shows HTML, no PNG"),
        "svg": ([image("<svg onload=alert(1)>", "image/svg+xml")], "shows SVG, no PNG"),
        "script": ([image("alert(1)", "application/javascript")], "shows a script, no PNG"),
        "two": ([image(png()), image(png("blue"))], "shows 2 pictures; expected 1"),
        "nothing": ([], "shows no picture"),
        "failed": ([{"output_type": "error", "ename": "E", "evalue": script, "traceback": []}], "ended with an error"),
        "huge": ([image("A" * 40_000)], "at most 0 MB are read"),
        "bomb": ([image(bomb())], "far too many pixels"),
        "wide": ([image(png(size=(5000, 1)))], "5000 x 1 pixels"),
        "jpeg": ([image(base64.b64encode(b"\xff\xd8\xff\xe0 JFIF").decode())], "called a PNG and is none"),
        "page": ([image(base64.b64encode(script.encode()).decode())], "called a PNG and is none"),
        "text": ([image("../../etc/passwd")], "it is no base64"),
        "torn": ([image(base64.b64encode(base64.b64decode(png(size=(90, 90)))[:70]).decode())], "is damaged"),
        "odd": (["x", 3, {"data": [1]}, {"data": {"image/png": {"a": 1}}}], "shows no picture"),
    }
    for name, (outputs, _) in hostile.items():
        hand_in(tmp_path, name, shown(*outputs))
    hand_in(tmp_path, "no_notebook", "see the link")
    hand_in(tmp_path, "other_name", shown(image(png())), "my_picture")
    entries, left_out = collect(tmp_path, course)
    told = reasons(left_out)
    assert entries == []
    assert [name for name, (_, reason) in hostile.items() if reason not in told[name]] == [], told
    assert "no notebook" in told["no_notebook"] and "no chapter is called my_picture" in told["other_name"]


def test_a_cell_without_tag_and_name_is_found_by_its_text(course, shown, tmp_path):
    notebook = shown(image(png()))
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    hand_in(tmp_path, "colab", notebook)
    assert [entry.student for entry in collect(tmp_path, course)[0]] == ["colab"]


def test_of_copies_of_the_cell_the_last_that_shows_something_counts(course, shown, tmp_path):
    notebook = shown(image(png("red")))
    at = position(notebook, "gallery_own")
    for number, outputs in enumerate(([image(png("blue"))], []), 1):
        notebook["cells"].insert(
            at + number, copy.deepcopy(notebook["cells"][at]) | {"id": f"c{number}", "outputs": outputs}
        )
    hand_in(tmp_path, "ada", notebook)
    assert Image.open(io.BytesIO(collect(tmp_path, course)[0][0].picture)).getpixel((5, 5)) == (0, 0, 255)


def test_a_picture_in_another_cell_is_not_taken(course, shown, tmp_path):
    notebook = shown()
    put_in(notebook, 0, "x")["cells"][0]["outputs"] = [image(png())]
    hand_in(tmp_path, "ada", notebook)
    assert "shows no picture" in reasons(collect(tmp_path, course)[1])["ada"]


def test_a_notebook_without_the_cell_is_told(course, shown, tmp_path):
    notebook = shown()
    del notebook["cells"][position(notebook, "gallery_own")]
    hand_in(tmp_path, "ada", notebook)
    assert reasons(collect(tmp_path, course)[1])["ada"] == "the cell that shows the picture is not in it"


def test_a_link_to_another_file_is_not_followed(course, shown, tmp_path):
    target = hand_in(tmp_path / "private", "ada", shown(image(png())))
    link = tmp_path / "class" / "eve" / target.name
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    assert "no regular file" in reasons(collect(tmp_path / "class", course)[1])["eve"]


def test_a_course_that_asks_for_no_picture_is_told(shown, tmp_path):
    plain = class_of_sums(tmp_path / "plain")
    build(plain)
    hand_in(tmp_path / "class", "ada", shown())
    with pytest.raises(CourseError, match="No chapter asks for a picture"):
        collect(tmp_path / "class", plain)


# --- pictures


def test_a_picture_keeps_its_pixels_and_nothing_else():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Ada Lovelace")
    exif = Image.Exif()
    exif[0x013B] = "Ada Lovelace"
    dirty = base64.b64decode(png("green", pnginfo=notes, exif=exif, dpi=(97, 97))) + b"<script>Ada</script>"
    assert b"Ada Lovelace" in dirty
    clean = clean_png(base64.b64encode(dirty).decode())
    assert b"Ada" not in clean
    found = Image.open(io.BytesIO(clean))
    assert found.info == {} and found.getpixel((5, 5)) == (0, 128, 0) and found.size == (40, 30)


def test_transparent_pixels_become_white_and_large_pictures_smaller():
    buffer = io.BytesIO()
    Image.new("RGBA", (3000, 1500), (0, 0, 0, 0)).save(buffer, format="PNG")
    found = Image.open(io.BytesIO(clean_png(base64.b64encode(buffer.getvalue()).decode())))
    assert found.size == (1024, 512) and found.getpixel((3, 3)) == (255, 255, 255)


def test_a_forged_file_raises_nothing_but_our_error():
    whole = base64.b64decode(png(size=(20, 20)))
    for at in range(8, len(whole)):
        forged = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            clean_png(base64.b64encode(forged).decode())
        except PictureError as error:
            assert "pixels" in str(error) or "damaged" in str(error)


# --- the page


@pytest.fixture
def folder(shown, tmp_path):
    """The hand-ins of a small class."""
    hand_in(
        tmp_path / "class", "Ada Lovelace", shown(printed("<img src=x onerror=alert(1)> & more\n"), image(png("red")))
    )
    hand_in(tmp_path / "class", "Grace Hopper", shown(printed("drawn by grace\n"), image(png("blue"))))
    hand_in(tmp_path / "class", "twin", shown(image(png("red"))))
    hand_in(tmp_path / "class", "eve", shown(image("<script>", "text/html")))
    return tmp_path / "class"


@pytest.fixture
def gallery(course, folder, tmp_path):
    """The page of the small class, with names hidden."""
    return make_gallery(folder, course, tmp_path / "page")


def test_names_stand_nowhere_in_what_is_written(gallery):
    everything = b"".join(
        path.read_bytes() + path.name.encode() for path in gallery.parent.rglob("*") if path.is_file()
    )
    for name in (b"ada", b"lovelace", b"grace", b"hopper", b"twin", b"eve"):
        assert not re.search(rb"(?i)\b" + name + rb"\b", everything), name


def test_what_a_student_printed_is_text_and_no_markup(gallery):
    page = gallery.read_text(encoding="utf-8")
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; more" in page
    tags = Tags(page)
    assert len(tags.of("img")) == 2 and not tags.of("script")
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]


def test_each_picture_has_its_size_and_an_alt_text(gallery):
    for attributes in Tags(gallery.read_text(encoding="utf-8")).of("img"):
        assert (attributes["width"], attributes["height"]) == ("40", "30")
        assert re.match(r"Picture [12] of 2[:,] \S", attributes["alt"])
        assert (gallery.parent / attributes["src"]).is_file()


def test_the_page_asks_no_other_host_for_anything(gallery):
    assert foreign_resources(gallery.parent) == []
    assert "default-src 'none'" in gallery.read_text(encoding="utf-8")


def test_the_order_is_that_of_the_files_and_not_of_the_names(gallery):
    files = [attributes["src"] for attributes in Tags(gallery.read_text(encoding="utf-8")).of("img")]
    assert files == sorted(files) and len(set(files)) == 2


def test_what_is_left_out_is_told_with_its_reason(course, folder, tmp_path, capsys):
    make_gallery(folder, course, tmp_path / "page")
    out = capsys.readouterr().out
    assert f"left out: eve, {CHAPTER}: its cell shows HTML, no PNG" in out
    assert f"left out: Grace Hopper, {CHAPTER}: its caption has a part of the student's name" in out


def test_names_and_all_captions_are_shown_where_they_are_asked_for(course, folder, tmp_path):
    page = make_gallery(folder, course, tmp_path / "page", names=True).read_text(encoding="utf-8")
    assert "Ada Lovelace, twin</span>" in page and "drawn by grace" in page and "eve" not in re.findall(r"\w+", page)


def test_a_platforms_archive_shows_what_its_folder_shows(course, folder, gallery, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "submissions"), "zip", folder)
    page = make_gallery(Path(archive), course, tmp_path / "other")
    assert page.read_text(encoding="utf-8") == gallery.read_text(encoding="utf-8")


def test_an_earlier_gallery_is_replaced_and_another_folder_is_not(course, folder, tmp_path):
    page = make_gallery(folder, course, tmp_path / "page")
    (tmp_path / "page" / "pictures" / "old.png").touch()
    make_gallery(folder, course, tmp_path / "page")
    assert len(list((tmp_path / "page" / "pictures").iterdir())) == 2
    (tmp_path / "page" / "thesis.txt").touch()
    with pytest.raises(CourseError, match="thesis.txt, which is no part of a gallery"):
        make_gallery(folder, course, tmp_path / "page")
    assert page.is_file()


def test_a_class_without_pictures_is_told(course, shown, tmp_path):
    hand_in(tmp_path / "class", "ada", shown())
    with pytest.raises(CourseError, match="No hand-in of .* has a picture"):
        make_gallery(tmp_path / "class", course, tmp_path / "page")


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_phone_and_desktop_in_both_schemes(gallery, width):
    from site_browser import opened

    with opened(gallery.parent) as browser:
        grounds = []
        for scheme in ("light", "dark"):
            browser.open("index.html", width=width, scheme=scheme)
            browser.wait("return [...document.images].every(image => image.complete && image.naturalWidth == 40)")
            assert browser.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            grounds.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
        assert grounds == ["rgb(253, 252, 249)", "rgb(17, 23, 29)"]
        assert browser.requests_elsewhere() == []
