"""The page of a class's pictures: one HTML file and a folder of PNG files; no script, no foreign request."""

import shutil
from pathlib import Path
from typing import NamedTuple

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course import CourseError
from course.gallery.collect import Entry, gallery_cell
from course.gallery.pictures import name_of, size_of
from course.paths import ROOT, Paths

_TEMPLATE = Path(__file__).with_name("page.html")
_COLOURS = ROOT / "book" / "_static" / "styles" / "scheme.css"
_INDEX, _PICTURES = "index.html", "pictures"


class Shown(NamedTuple):
    """One picture on the page; several students who handed in the same one share it."""

    file: str
    width: int
    height: int
    caption: str
    alt: str
    students: list[str]
    picture: bytes


class Section(NamedTuple):
    """One chapter on the page."""

    anchor: str
    title: str
    asked: str
    pictures: list[Shown]


def write_page(target: Path, entries: list[Entry], paths: Paths, names: bool = False) -> Path:
    """Write the page and its pictures into a folder, in the place of an earlier gallery; return the page.

    names  True writes the students' names under their pictures

    Raises CourseError where the folder holds something else than a gallery.
    """
    _clear(target)
    sections = [section for chapter in paths.chapters() if (section := _section(chapter, entries, paths, names))]
    for picture in (picture for section in sections for picture in section.pictures):
        (target / _PICTURES / picture.file).write_bytes(picture.picture)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    text = environment.get_template(_TEMPLATE.name).render(
        sections=sections, folder=_PICTURES, colours=_colours(), count=sum(len(one.pictures) for one in sections)
    )
    (target / _INDEX).write_text(text, encoding="utf-8")
    return target / _INDEX


def _clear(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise CourseError(f"{target} is no folder. Name another with --to.")
    foreign = (
        sorted(path.name for path in target.iterdir() if path.name not in (_INDEX, _PICTURES))
        if target.exists()
        else []
    )
    if foreign:
        raise CourseError(f"{target} holds {foreign[0]}, which is no part of a gallery. Name another folder with --to.")
    shutil.rmtree(target, ignore_errors=True)
    (target / _PICTURES).mkdir(parents=True)


def _section(chapter: str, entries: list[Entry], paths: Paths, names: bool) -> Section | None:
    """Return a chapter's part of the page, its pictures in the order of their checksums; None where there is none."""
    by_file: dict[str, list[Entry]] = {}
    for entry in (entry for entry in entries if entry.chapter == chapter):
        by_file.setdefault(name_of(entry.picture), []).append(entry)
    if not by_file:
        return None
    released = nbformat.read(paths.notebook(chapter), as_version=4)
    title = f"{int(chapter[:2])}. {released.metadata['course']['title']}"
    total = len(by_file)
    pictures = [
        _shown(file, by_file[file], f"Picture {n} of {total}", names) for n, file in enumerate(sorted(by_file), 1)
    ]
    return Section(f"chapter-{chapter[:2]}", title, gallery_cell(released).metadata["course"]["title"], pictures)


def _shown(file: str, entries: list[Entry], place: str, names: bool) -> Shown:
    captions = sorted({entry.caption for entry in entries if entry.caption})
    caption = captions[0] if captions else ""
    picture = entries[0].picture
    alt = f"{place}: {caption}" if caption else f"{place}, without a caption"
    students = sorted(entry.student for entry in entries) if names else []
    return Shown(file, *size_of(picture), caption, alt, students, picture)


def _colours() -> str:
    """Return the website's table of colours: the page looks like the course in both schemes."""
    return _COLOURS.read_text(encoding="utf-8")
