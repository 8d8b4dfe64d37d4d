"""`course new`: write what an exercise or a chapter consists of, each place to fill in marked."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from course import CourseError
from course.paths import Paths

TO_FILL_IN = "FILL IN"
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_CHAPTER_NAME = re.compile(r"\d\d_[a-z0-9_]+")


def new_exercise(paths: Paths, name: str, chapter: str) -> list[Path]:
    """Write an exercise's cells, its check and its recorded answers; return the files.

    name     of the exercise, and of the function that students write
    chapter  number or name; its cells come at the end
    Raises CourseError for a name that is none, or that something has already.
    """
    chapter = paths.chapter(chapter)
    if not _NAME.fullmatch(name):
        raise CourseError(f"{name!r} is no name of a function. Use letters, digits and underscores.")
    if paths.answers(name).exists():
        raise CourseError(
            f"{paths.shown(paths.answers(name))} exists: there is an exercise {name!r}. Name another one."
        )
    checks = paths.checks(chapter)
    if not checks.is_file():
        _write(checks, "check_module", number=chapter[:2])
    _append(paths.solution(chapter), "exercise", name=name)
    _append(checks, "check", name=name)
    _import_what_a_check_needs(checks)
    _write(paths.answers(name), "answers", name=name)
    return [paths.solution(chapter), checks, paths.answers(name)]


def new_chapter(paths: Paths, name: str) -> list[Path]:
    """Write the source of a chapter and its line in _toc.yml, behind the last chapter; return the files.

    name  such as "15_latents"
    Raises CourseError for a name that is none, or a number that a chapter has already.
    """
    chapters = paths.chapters()
    if not _CHAPTER_NAME.fullmatch(name):
        raise CourseError(f"{name!r} is no name of a chapter. Write two digits and words, such as 15_latents.")
    taken = [chapter for chapter in chapters if chapter[:2] == name[:2]]
    if taken:
        raise CourseError(f"{taken[0]} has the number {name[:2]} already. Take another one.")
    _write(paths.solution(name), "chapter")
    toc = paths.toc.read_text(encoding="utf-8")
    last = re.search(rf"^( *- file: notebooks/){chapters[-1]}(?:\.ipynb)?$", toc, re.MULTILINE)
    if last is None:
        raise CourseError(f"_toc.yml has no line for {chapters[-1]} of its own. Add one for notebooks/{name} by hand.")
    paths.toc.write_text(f"{toc[: last.end()]}\n{last[1]}{name}{toc[last.end() :]}", encoding="utf-8")
    return [paths.solution(name), paths.toc]


def require_filled_in(paths: Paths, chapter: str, exercises: list[str]) -> None:
    """Require that nothing of a chapter, its checks and its answers waits to be filled in. Raises CourseError."""
    for path in (paths.solution(chapter), paths.checks(chapter), *map(paths.answers, exercises)):
        for number, line in _waiting(path):
            raise CourseError(
                f"{paths.shown(path)}:{number}: `{line}` waits to be filled in. Write what belongs there."
            )


def _waiting(path: Path) -> Iterator[tuple[int, str]]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    yield from ((number, line.strip()) for number, line in enumerate(lines, 1) if TO_FILL_IN in line)


def _write(path: Path, template: str, **values: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEMPLATES.get_template(f"{template}.py.j2").render(values), encoding="utf-8")


def _append(path: Path, template: str, **values: str) -> None:
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n"
    path.write_text(text + _TEMPLATES.get_template(f"{template}.py.j2").render(values), encoding="utf-8")


def _import_what_a_check_needs(path: Path) -> None:
    """Add the imports of a new module of checks that this one lacks."""
    text = path.read_text(encoding="utf-8")
    has = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) for alias in node.names}
    lines = _TEMPLATES.get_template("check_module.py.j2").render(number="").splitlines()
    for line in lines:
        module, _, names = line.removeprefix("from ").partition(" import ")
        lacking = [name for name in names.split(", ") if name not in has]
        if line.startswith("from ") and lacking:
            first = re.search(r"^from helpers\.", text, re.MULTILINE)
            at = first.start() if first else 0
            text = f"{text[:at]}from {module} import {', '.join(lacking)}\n{text[at:]}"
    path.write_text(text, encoding="utf-8")
