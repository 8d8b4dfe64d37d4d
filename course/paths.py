"""Where everything lies, as functions of one root, so that a test can work in a folder of its own."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from course import CourseError

ROOT = Path(__file__).resolve().parent.parent

_CHAPTER = re.compile(r"notebooks/(\d\d_[a-z0-9_]+)(?:\.ipynb)?$")


@dataclass(frozen=True)
class Paths:
    """The folders of one checkout.

    root   folder that holds _toc.yml, solutions/ and notebooks/
    """

    root: Path = ROOT

    @property
    def toc(self) -> Path:
        return self.root / "_toc.yml"

    @property
    def config(self) -> Path:
        return self.root / "_config.yml"

    @property
    def bibliography(self) -> Path:
        return self.root / "book" / "references.bib"

    @property
    def nbgrader_config(self) -> Path:
        return self.root / "nbgrader_config.py"

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def given(self) -> Path:
        """What the set-up cells define, as a recorded answer finds it."""
        return self.solutions / "given"

    @property
    def answers_folder(self) -> Path:
        """The recorded answers to the exercises."""
        return self.root / "tests" / "answers"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def grading_notebook(self) -> Path:
        """The notebook with which an instructor grades on Colab."""
        return self.notebooks / "instructor_grading.ipynb"

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def executed_folder(self) -> Path:
        return self.build / "executed"

    @property
    def timings(self) -> Path:
        return self.executed_folder / "timings.json"

    @property
    def sample_class(self) -> Path:
        return self.build / "class"

    @property
    def site(self) -> Path:
        return self.root / "_build" / "html"

    def solution(self, chapter: str) -> Path:
        return self.solutions / f"{chapter}.py"

    def answers(self, exercise: str) -> Path:
        return self.answers_folder / f"{exercise}.py"

    def checks(self, chapter: str) -> Path:
        return self.root / "helpers" / "checks" / f"chapter_{chapter[:2]}.py"

    def source(self, chapter: str) -> Path:
        return self.build / "source" / chapter / f"{chapter}.ipynb"

    def release(self, chapter: str) -> Path:
        return self.build / "release" / chapter / f"{chapter}.ipynb"

    def notebook(self, chapter: str) -> Path:
        return self.notebooks / f"{chapter}.ipynb"

    def executed(self, chapter: str) -> Path:
        return self.executed_folder / f"{chapter}.ipynb"

    def shown(self, path: Path) -> str:
        """Return the path as a message should show it: relative to the root where it lies under it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def chapters(self) -> list[str]:
        """Read the chapters and their order from _toc.yml, the one list of them.

        Returns names such as "02_forward_process".
        Raises CourseError where _toc.yml and solutions/ do not name the same chapters.
        """
        listed = [match[1] for entry in _files_of(_read_yaml(self.toc)) if (match := _CHAPTER.search(entry))]
        written = {path.stem for path in self.solutions.glob("[0-9][0-9]_*.py")}
        for name in listed:
            if name not in written:
                raise CourseError(
                    f"_toc.yml lists notebooks/{name}, but solutions/{name}.py does not exist. "
                    "Write the source, or take the line out of _toc.yml."
                )
        for name in sorted(written - set(listed)):
            raise CourseError(
                f"solutions/{name}.py is no chapter of _toc.yml. Add the line `- file: notebooks/{name}` there."
            )
        return listed

    def chapter(self, wanted: str) -> str:
        """Return the name of the chapter that a number ("2", "02") or a name stands for. Raises CourseError."""
        chapters = self.chapters()
        found = [name for name in chapters if wanted in (name, name[:2], name[:2].lstrip("0"))]
        if not found:
            raise CourseError(
                f"No chapter is called {wanted!r}; expected a number or one of {near_names(wanted, chapters)}."
            )
        return found[0]


def near_names(wanted: str, names: list[str]) -> str:
    """Return the names that a misspelt one may stand for, else all of them, for a message."""
    return ", ".join(difflib.get_close_matches(wanted, names, 3) or names)


def repository_url(root: Path = ROOT) -> str:
    """Read the repository's address from _config.yml, the one place where it is set."""
    url = (_read_yaml(Paths(root).config).get("repository") or {}).get("url")
    if not isinstance(url, str) or not url.startswith("https://"):
        raise CourseError(
            f"_config.yml: repository.url is {url!r}; expected an https address such as "
            "https://github.com/name/course. Set it there."
        )
    return url.rstrip("/")


def _read_yaml(path: Path) -> dict:
    if not path.is_file():
        raise CourseError(f"{path.name} was not found in {path.parent}. Run the command on a checkout of the course.")
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def _files_of(node) -> list[str]:
    """Collect every `file:` of a table of contents, in reading order."""
    if isinstance(node, list):
        return [name for part in node for name in _files_of(part)]
    if not isinstance(node, dict):
        return []
    own = [node["file"]] if "file" in node else []
    return own + [name for key in ("parts", "chapters", "sections") for name in _files_of(node.get(key))]
