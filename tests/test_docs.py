"""Whatever the documents name exists: paths, make targets, `course` commands, links."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from course.cli import app
from course.paths import ROOT
from training.__main__ import MEASUREMENTS, jobs

DOCUMENTS = sorted(
    path
    for path in [
        *ROOT.glob("*.md"),
        *(ROOT / "book").rglob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("*/README.md"),
    ]
    if path.is_file()
)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = {name for line in re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE) for name in line.split()}

# Made by a command, and in no fresh checkout.
MADE = ("build", "_build", ".venv", "class")
FILE_ENDINGS = (".py", ".ipynb", ".md", ".yml", ".toml", ".cfg", ".bib", ".css", ".svg")
# Files that a text may name although they lie elsewhere: a student's, or another project's.
ELSEWHERE = {"gradebook.db", "marks.csv", "autotests.yml", "conf.py"}
# The exercise that CONTRIBUTING.md makes, step by step.
ELSEWHERE |= {"tests/answers/in_range.py"}
PLACEHOLDER = re.compile(r"NN_name|NN|\bNAME\b|<[^>]*>|\*")


def code_of(text: str) -> Iterator[str]:
    """Yield every piece of code in a text: inline spans, and the lines of fenced and indented blocks."""
    for block in re.findall(r"^(?:```|~~~)[^\n]*\n(.*?)^(?:```|~~~)", text, re.MULTILINE | re.DOTALL):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^(```|~~~).*?^(```|~~~)", "", text, flags=re.MULTILINE | re.DOTALL))


def named_paths(text: str) -> set[str]:
    """Collect what looks like a path of this repository: it begins with one of its folders, or ends like its files."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - set(MADE)
    words = {word.strip("()[],;:\"'").removeprefix("./") for code in code_of(text) for word in code.split()}
    plain = {
        word for word in words if re.fullmatch(r"[\w./*<>-]+", word) and "//" not in word and not word.startswith("..")
    }
    return {
        word
        for word in plain
        if word.split("/")[0] not in MADE
        and word not in ELSEWHERE
        and (("/" in word and word.split("/")[0] in folders) or word.endswith(FILE_ENDINGS))
    }


def exists(word: str, document: Path) -> bool:
    """Tell whether a path exists, from the root or from the document; a bare file name may lie in any folder."""
    pattern = PLACEHOLDER.sub("*", word).rstrip("/")
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", *MADE))]
    places = [place.glob(pattern) for place in (ROOT, document.parent)]
    places += [folder.rglob(pattern) for folder in folders] if "/" not in word else []
    return any(next(found, None) for found in places)


def course_commands() -> dict[str, set[str]]:
    """Return the commands of `course`, each with its own sub-commands."""
    group = typer.main.get_command(app)
    return {name: set(getattr(command, "commands", {})) for name, command in group.commands.items()}


def named_course_commands(text: str) -> set[tuple[str, str]]:
    found = [re.findall(r"(?:^|[\s/;&])course ([a-z]+)(?: ([a-z]+))?", code) for code in code_of(text)]
    return {pair for pairs in found for pair in pairs}


def unknown_targets(text: str) -> set[str]:
    named = {name for code in code_of(text) for name in re.findall(r"(?:^|[\s;&])make ([a-z][a-z-]*)", code)}
    return named - TARGETS


def unknown_commands(text: str) -> set[str]:
    known = course_commands()
    return {
        f"course {name} {sub}".strip()
        for name, sub in named_course_commands(text)
        if name not in known or (known[name] and sub and sub not in known[name])
    }


def unknown_jobs(text: str) -> set[str]:
    """Return what `python -m training` is asked for and does not know."""
    known = {"train": set(jobs()), "export": set(jobs()), "measure": set(MEASUREMENTS), "samples": {"pocket"}}
    asked = [match for code in code_of(text) for match in re.findall(r"python -m training (\w+)((?: [a-z]\w*)*)", code)]
    return {f"{verb} {name}" for verb, names in asked for name in names.split() if name not in known.get(verb, ())}


def missing_paths(text: str, document: Path) -> set[str]:
    return {word for word in named_paths(text) if not exists(word, document)}


def broken_links(text: str, document: Path) -> set[str]:
    links = re.findall(r"\]\(([^)\s#]+)[^)]*\)", text)
    inside = [link for link in links if "://" not in link and not link.startswith(("mailto:", "{"))]
    return {link for link in inside if not (document.parent / link).exists() and link.split("/")[0] not in MADE}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_that_a_document_names_exists(document):
    text = document.read_text(encoding="utf-8")
    wrong = {
        "make targets": unknown_targets(text),
        "course commands": unknown_commands(text),
        "training jobs": unknown_jobs(text),
        "paths": missing_paths(text, document),
        "links": broken_links(text, document),
    }
    assert not any(wrong.values()), {kind: sorted(names) for kind, names in wrong.items() if names}


@pytest.mark.parametrize(
    ("finder", "text", "found"),
    [
        (unknown_targets, "Run `make demo`, then `make dmeo`.", {"dmeo"}),
        (unknown_targets, "We make notebooks.", set()),
        (
            unknown_commands,
            "```\ncourse build\n.venv/bin/course biuld\ncourse execute --help\n```",
            {"course biuld"},
        ),
        (unknown_commands, "`course train cannon`", {"course train cannon"}),
        (unknown_jobs, "`python -m training train pocket`, `python -m training measure cannon`", {"measure cannon"}),
        (unknown_jobs, "```\npython -m training train class time no_such --smoke  # class\n```", {"train no_such"}),
        (
            lambda text: missing_paths(text, ROOT / "README.md"),
            "`helpers/runtime.py` `helpers/runtme.py`",
            {"helpers/runtme.py"},
        ),
        (
            lambda text: missing_paths(text, ROOT / "README.md"),
            "`notebok.ipynb`, `Makefile`, `a / b`",
            {"notebok.ipynb"},
        ),
        (lambda text: missing_paths(text, ROOT / "README.md"), "`build/executed/x.ipynb` `course/NN.py`", set()),
        (
            lambda text: broken_links(text, ROOT / "README.md"),
            "[a](Makefile) [b](https://x.y/z) [c](lost.md#d)",
            {"lost.md"},
        ),
    ],
)
def test_the_search_finds_what_does_not_exist(finder, text, found):
    assert finder(text) == found


def test_every_target_of_the_makefile_is_listed_by_help():
    targets = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
    assert targets == TARGETS


def test_the_readme_lists_the_folders_that_there_are():
    listed = set(re.findall(r"^\| `([a-z_/]+)/` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    folders = {name.split("/")[0] for name in tracked if "/" in name and not name.startswith(".")}
    assert {name.split("/")[0] for name in listed} == folders
