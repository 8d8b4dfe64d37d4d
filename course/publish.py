"""`course publish`: the public student repository, made of what is listed here and of nothing else."""

import shutil
import subprocess
from pathlib import Path

from course import CourseError
from course.authoring import read_chapter
from course.build import check, secret_lines
from course.paths import Paths, repository_url
from notebook_grader import markers

# What students get. A folder that is not named here is not published: solutions/, tests/ (recorded answers),
# instructor/, the website's sources and the build stay with the instructor.
PUBLISHED = ("CHANGELOG.md", "LICENSE", "helpers", "notebooks", "pyproject.toml", "training")

_README = """\
# {title}

Notebooks on diffusion models, with checks that explain what is wrong. Open a chapter in Colab, fill in the exercises,
run the check below each, and hand in the one file that your course asks for.

{chapters}

On a computer of your own: `pip install "from-noise @ git+{url}"`, then open a notebook with Jupyter.
"""


def publish(paths: Paths, target: Path) -> list[Path]:
    """Make the student repository.

    paths   the checkout; committed, and its notebooks as the sources make them
    target  folder to make; it must not exist

    Returns the files made. Raises CourseError where the checkout has changes, where a notebook differs from a rebuild,
    where the target exists, or where a hidden line is found in the product (which is then taken away).
    """
    if target.exists():
        raise CourseError(f"{target} exists; expected a folder to make. Name another one, or move it away.")
    tracked = _tracked(paths)
    check(paths)
    try:
        for name in tracked:
            _copy(paths, name, target)
        (target / "README.md").write_text(_readme(paths), encoding="utf-8")
        require_clean(paths, target)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return sorted(path for path in target.rglob("*") if path.is_file())


def require_clean(paths: Paths, product: Path) -> None:
    """Search a student repository for what must not be in it.

    Raises CourseError naming the file and the line: a marker, a line of a hidden test or of a solution. Solutions are
    not looked for in helpers and training, which hold the finished functions that later chapters use.
    """
    chapters = [read_chapter(paths.solution(name)) for name in paths.chapters()]
    solutions = {line for chapter in chapters for part, _, line in secret_lines(chapter) if part != "check"}
    hidden = {line for chapter in chapters for part, _, line in secret_lines(chapter) if part == "check"}
    for path in sorted(path for path in product.rglob("*") if path.is_file()):
        name = path.relative_to(product)
        if name.parts[0] not in PUBLISHED and name.name != "README.md":
            raise CourseError(f"{name} is not among what students get (PUBLISHED in course/publish.py).")
        text = path.read_bytes().decode("utf-8", errors="ignore")
        is_package = name.parts[0] in ("helpers", "training")
        for line in {*markers.MARKERS, *hidden, *(() if is_package else solutions)}:
            if line in text:
                raise CourseError(f"{name} contains `{line}`, which students must not see. Nothing was published.")


def _tracked(paths: Paths) -> list[str]:
    """List the committed files that are to be published; refuse a checkout with changes."""
    changed = _git(paths, "status", "--porcelain")
    if changed:
        raise CourseError(f"The checkout has changes; expected none. Commit them first:\n{changed}")
    instructors = paths.grading_notebook.relative_to(paths.root).as_posix()
    return [name for name in _git(paths, "ls-files", "--", *PUBLISHED).splitlines() if name != instructors]


def _git(paths: Paths, *arguments: str) -> str:
    command = ["git", "-C", str(paths.root), "-c", "core.quotePath=false", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CourseError(f"`git {arguments[0]}` failed: {done.stderr.strip()}. Publish from a git checkout.")
    return done.stdout.strip()


def _copy(paths: Paths, name: str, target: Path) -> None:
    copy = target / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(paths.root / name, copy)


def _readme(paths: Paths) -> str:
    import yaml

    url = repository_url(paths.root)
    config = yaml.safe_load(paths.config.read_text(encoding="utf-8"))
    colab = "https://colab.research.google.com/github/" + url.removeprefix("https://github.com/")
    branch = config["repository"].get("branch", "main")
    chapters = [
        f"{number}. [{read_chapter(paths.solution(name)).front['title']}]({colab}/blob/{branch}/notebooks/{name}.ipynb)"
        for number, name in enumerate(paths.chapters(), 1)
    ]
    return _README.format(title=config["title"], chapters="\n".join(chapters), url=url)
