"""`course site`: from chapters, pages and the reference run to _build/html, with warnings as errors."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml

from course import CourseError
from course.execute import read_runs
from course.paths import ROOT, Paths, repository_url
from course.website.finished import drop_unused, foreign_resources, mend_labels
from course.website.pages import Sources, chapter_cards, chapter_page, cost_table
from helpers.version import __version__

# Everything that a page may fetch lies in the site; a build that took a warning for granted would hide a broken link.
_JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
_QUOTE = re.compile(r"\{\{ (\w+) \}\}")
_STRICT = ["-n", "-W", "--keep-going", "--all", "-q"]


def build_site(paths: Paths | None = None, *, solutions: bool | None = None) -> Path:
    """Build the website.

    paths      the checkout; needs notebooks/ and build/executed/
    solutions  True shows the solutions; default: what _config.yml says under publish_solutions

    Returns the folder with index.html. Raises CourseError naming each warning, or each thing that a page would fetch
    from another host.
    """
    paths = paths or Paths()
    stage = paths.build / "site"
    stage_site(paths, stage, solutions=solutions)
    _run_jupyter_book(stage, paths)
    drop_unused(paths.site)
    mend_labels(paths.site)
    problems = foreign_resources(paths.site)
    if problems:
        raise CourseError("\n".join(problems))
    return paths.site


def stage_site(paths: Paths, stage: Path, *, solutions: bool | None = None) -> None:
    """Write what Jupyter Book reads: the configuration, book/, and a page for each chapter.

    stage  folder that is made anew; its layout is the checkout's, so that links hold in both
    """
    config = yaml.safe_load(paths.config.read_text(encoding="utf-8"))
    shows_solutions = bool(config.pop("publish_solutions", False)) if solutions is None else solutions
    config.pop("publish_solutions", None)
    shutil.rmtree(stage, ignore_errors=True)
    (stage / "notebooks" / "released").mkdir(parents=True)
    shutil.copytree(paths.root / "book", stage / "book")
    _copy_cards(paths.root, stage)
    shutil.copy(paths.toc, stage)
    sources = [_sources(paths, chapter, shows_solutions) for chapter in paths.chapters()]
    for source in sources:
        shutil.copy(paths.notebook(source.chapter), stage / "notebooks" / "released")
        nbformat.write(chapter_page(source), stage / "notebooks" / f"{source.chapter}.ipynb")
    (stage / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    _fill_in(stage / "book", _quoted(paths, sources))


def colab_address(root: Path, chapter: str) -> str:
    """Where Colab opens a chapter's released notebook, from the repository's address in _config.yml."""
    config = yaml.safe_load(Paths(root).config.read_text(encoding="utf-8"))
    branch = config["repository"].get("branch", "main")
    repository = repository_url(root).removeprefix("https://github.com/")
    return f"https://colab.research.google.com/github/{repository}/blob/{branch}/notebooks/{chapter}.ipynb"


def _copy_cards(root: Path, stage: Path) -> None:
    """Bring the models' cards, which lie beside the weights; book/model_cards.md includes them."""
    for card in sorted(root.glob("helpers/weights/*/README.md")):
        place = stage / card.relative_to(root)
        place.parent.mkdir(parents=True)
        shutil.copy(card, place)


def _quoted(paths: Paths, sources: list[Sources]) -> dict[str, str]:
    """What pages quote: each is set in one place only and stands on the pages as {{ name }}."""
    return {
        "repository": repository_url(paths.root),
        "version": __version__,
        "chapters": chapter_cards((source.chapter, source.released) for source in sources),
        "costs": cost_table(sources),
        "first_chapter": f"../notebooks/{sources[0].chapter}.ipynb",
    }


def _fill_in(book: Path, quoted: dict[str, str]) -> None:
    for page in sorted(book.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        unknown = sorted({name for name in _QUOTE.findall(text) if name not in quoted})
        if unknown:
            raise CourseError(
                f"book/{page.relative_to(book)} quotes {{{{ {unknown[0]} }}}}, which nothing sets. "
                f"Known are: {', '.join(sorted(quoted))}."
            )
        page.write_text(_QUOTE.sub(lambda match: quoted[match[1]], text), encoding="utf-8")


def _sources(paths: Paths, chapter: str, shows_solutions: bool) -> Sources:
    released, executed = (
        _read(paths, path, command)
        for path, command in ((paths.notebook(chapter), "build"), (paths.executed(chapter), "execute"))
    )
    colab = colab_address(paths.root, chapter)
    run = read_runs(paths).get(chapter)
    return Sources(chapter, released, executed, colab, paths.bibliography, shows_solutions, run)


def _read(paths: Paths, path: Path, command: str) -> nbformat.NotebookNode:
    if not path.is_file():
        raise CourseError(f"{paths.shown(path)} was not found. Run `course {command}` first.")
    return nbformat.read(path, as_version=4)


def _run_jupyter_book(stage: Path, paths: Paths) -> None:
    """Run Jupyter Book in a process of its own: Sphinx changes global state, and a failed build leaves it changed."""
    shutil.rmtree(paths.site, ignore_errors=True)
    command = [sys.executable, "-c", _JUPYTER_BOOK, "build", str(stage), "--path-output", str(paths.root), *_STRICT]
    search = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": search, "NO_COLOR": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not (paths.site / "index.html").is_file():
        told = "\n".join(
            line for line in (done.stdout + done.stderr).splitlines() if "WARNING" in line or "ERROR" in line
        )
        raise CourseError(f"The website could not be built:\n{told or done.stdout + done.stderr}")
