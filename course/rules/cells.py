"""Rules about single cells: headers, markers, the set-up cell, pictures."""

import ast
import re
from collections.abc import Iterator
from difflib import get_close_matches

from course.authoring import Cell, Chapter
from course.rules.problem import Problem, markers_of, region_of, written
from notebook_grader import markers

LONGEST_SETUP = 6  # lines

# The tag that gives a cell its part, the kind of cell, and the tags that must and may stand beside it.
_PARTS = {
    "setup": ("code", set(), set()),
    "exercise": ("code", set(), set()),
    "check": ("code", {"points"}, set()),
    "reflection": ("markdown", {"points"}, set()),
    "figure": ("code", {"alt", "caption"}, set()),
    "widget": ("code", {"caption"}, {"alt"}),
    "gallery": ("code", {"title"}, {"alt", "caption"}),
}
_KNOWN = {*_PARTS, "points", "alt", "caption", "title"}
_NAMED = ("exercise", "check", "reflection", "figure", "gallery")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NAMED_AS_IN_CODE = ("exercise", "check")  # after what the student defines, which may be a class
_SHOWS = re.compile(r"\bshow_images\(")
_PICTURE_WITHOUT_ALT = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=[\"'][^\"'])")


def headers_are_understood(chapter: Chapter) -> Iterator[Problem]:
    """Every cell header is one that the pipeline knows, with the tags that belong together."""
    for cell in chapter.cells:
        unread = cell.tags.get("incorrectly_encoded_metadata") or _stray_words(cell)
        if unread:
            yield Problem(cell, f"`{unread}` in the header is not understood", 'Tags are written name="text".')
        elif cell.kind == "raw":
            yield Problem(cell, "raw cells have no place in a chapter", "Use `# %% [markdown]` or `# %%`.")
        else:
            yield from _tag_problems(cell)


def _stray_words(cell: Cell) -> str:
    """Return the words of a header that are no tag: jupytext takes them for a title, in front of a written one."""
    title = cell.tags.get("title", "")
    is_written = "gallery" in cell.tags and not cell.header.removeprefix("# %% ").startswith(str(title))
    return "" if is_written else title


def _tag_problems(cell: Cell) -> Iterator[Problem]:
    unknown = [tag for tag in cell.tags if tag not in _KNOWN]
    for tag in unknown:
        meant = get_close_matches(tag, _KNOWN, 1)
        cure = f"Did you mean `{meant[0]}`?" if meant else f"Known tags: {', '.join(sorted(_KNOWN))}."
        yield Problem(cell, f"unknown tag `{tag}`", cure)
    parts = [tag for tag in cell.tags if tag in _PARTS]
    if unknown or not cell.tags:
        return
    if len(parts) != 1:
        what = f"{' and '.join(parts) or 'no part'} in one header; expected one of {', '.join(_PARTS)}"
        yield Problem(cell, what, "Give the cell one part.")
        return
    yield from _part_problems(cell, parts[0])


def _part_problems(cell: Cell, part: str) -> Iterator[Problem]:
    kind, needed, allowed = _PARTS[part]
    if cell.kind != kind:
        yield Problem(cell, f"`{part}` stands on a {cell.kind} cell", f"It belongs on a {kind} cell.")
    for tag in sorted(needed - set(cell.tags)):
        yield Problem(cell, f"`{part}` lacks `{tag}`", f"Add {tag}=... to the header.")
    for tag in sorted(set(cell.tags) - needed - allowed - {part}):
        yield Problem(cell, f"`{tag}` does not go with `{part}`", "Take it out.")
    yield from _value_problems(cell, part)


def _value_problems(cell: Cell, part: str) -> Iterator[Problem]:
    value = cell.tags[part]
    if part in _NAMED and not (isinstance(value, str) and _NAME.fullmatch(_spelled(part, value))):
        yield Problem(cell, f"{part}={value!r} is no name", "Use small letters, digits and underscores.")
    if part not in _NAMED and value is not True:
        yield Problem(cell, f"{part}={value!r} says nothing", f"Write {part}=true, or leave the tag out.")
    points = cell.tags.get("points", 1)
    if not isinstance(points, int) or isinstance(points, bool) or points < 1:
        yield Problem(cell, f"points={points!r} is no mark", "Points are a whole number from 1.")
    for tag in ("alt", "caption", "title"):
        text = cell.tags.get(tag, "long enough")
        if not isinstance(text, str) or len(text.split()) < 2:
            yield Problem(cell, f"{tag}={text!r} describes nothing", f"Write in `{tag}` what there is to see.")
        elif not text.isprintable():  # headers are read as JSON: \b of \beta is one character there
            yield Problem(cell, f"{tag}={text!r} has a control character", "Double each backslash: `\\\\beta`.")


def _spelled(part: str, value: str) -> str:
    return value.lower() if part in _NAMED_AS_IN_CODE else value


def markers_are_exact(chapter: Chapter) -> Iterator[Problem]:
    """No line resembles a marker, and markers stand only in the cells that they belong to."""
    for cell in chapter.cells:
        for line in map(str.strip, cell.source.split("\n")):
            if markers.is_near_miss(line):
                yield Problem(cell, f"the line `{line}` resembles a marker", _allowed_markers(cell))
            elif line in markers.MARKERS and line not in markers_of(cell):
                yield Problem(cell, f"`{line}` does not belong in this cell", _allowed_markers(cell))


def _allowed_markers(cell: Cell) -> str:
    pair = markers_of(cell)
    if pair:
        return f"Write `{pair[0]}` and `{pair[1]}` to the letter, each alone in its line."
    return "Only cells tagged exercise, reflection or check have markers: tag the cell, or reword the line."


def regions_are_whole(chapter: Chapter) -> Iterator[Problem]:
    """Each exercise, reflection and check has exactly one region between its markers, and something in it."""
    for cell in chapter.cells:
        pair = markers_of(cell)
        if not pair:
            continue
        try:
            regions = markers.find_regions(cell.source, *pair)
        except ValueError as error:
            yield Problem(cell, str(error), f"Each `{pair[0]}` needs one `{pair[1]}` after it.")
            continue
        if len(regions) != 1:
            what = f"{len(regions)} regions `{pair[0]}` ... `{pair[1]}`; expected 1"
            yield Problem(cell, what, _allowed_markers(cell))
        elif not "".join(markers.lines_within(cell.source, regions)).strip():
            yield Problem(cell, "the region between the markers is empty", "Write the solution or the tests into it.")


def code_parses(chapter: Chapter) -> Iterator[Problem]:
    """Every code cell is Python, also with its region taken out; magics are not, they exist only in IPython."""
    for cell in chapter.cells:
        for form, source in _forms(cell):
            try:
                ast.parse(source)
            except SyntaxError as error:
                what = f"{form} is no Python: {error.msg} in line {error.lineno} of the cell"
                yield Problem(cell, what, "Mend the code; look at the indentation of the markers too.")
                break


def _forms(cell: Cell) -> Iterator[tuple[str, str]]:
    if cell.kind != "code":
        return
    yield "the cell", cell.source
    region = region_of(cell)
    if region is not None:
        stub = "raise NotImplementedError" if "exercise" in cell.tags else None
        yield "the cell without its region", markers.without(cell.source, [region], stub)


def one_short_setup_cell(chapter: Chapter) -> Iterator[Problem]:
    """The chapter's first code cell is its set-up cell, six lines long at most."""
    code = [cell for cell in chapter.cells if cell.kind == "code"]
    setups = [cell for cell in chapter.cells if "setup" in cell.tags]
    if len(setups) != 1 or code[0] is not setups[0]:
        what = f"{len(setups)} set-up cells; expected one, before all other code"
        yield Problem(None, what, "Tag the first code cell `# %% setup=true`, and no other.")
    for cell in setups:
        count = len(written(cell.source.split("\n")))
        if count > LONGEST_SETUP:
            what = f"the set-up cell has {count} lines; expected at most {LONGEST_SETUP}"
            yield Problem(cell, what, "Move the rest into helpers.")


def one_gallery_cell(chapter: Chapter) -> Iterator[Problem]:
    """A chapter asks for one picture of the student's own at most: in a text, with a cell behind it that shows it."""
    cells = [cell for cell in chapter.cells if "gallery" in cell.tags]
    for cell in cells[1:]:
        yield Problem(cell, "a second gallery cell", "A chapter asks for one picture: take the tag out of the others.")
    for before, cell in zip([None, *chapter.cells], chapter.cells, strict=False):
        if "gallery" not in cell.tags or cell.kind != "code":
            continue
        if before is None or before.kind != "markdown":
            yield Problem(cell, "no text before it asks for the picture", "Put a markdown cell before it.")
        shown = len(_SHOWS.findall(cell.source))
        if shown != 1:
            what = f"it calls show_images {shown} times; expected 1, with one picture"
            yield Problem(cell, what, "Show one picture, with one call of show_images.")


def pictures_have_alt_text(chapter: Chapter) -> Iterator[Problem]:
    """Pictures in the text say what they show (figures of code cells say it in their tags)."""
    for cell in chapter.cells:
        if cell.kind == "markdown" and _PICTURE_WITHOUT_ALT.search(cell.source):
            yield Problem(cell, "a picture has no alt text", "Write what it shows: ![what it shows](path).")


RULES = (
    headers_are_understood,
    markers_are_exact,
    regions_are_whole,
    code_parses,
    one_short_setup_cell,
    one_gallery_cell,
    pictures_have_alt_text,
)
