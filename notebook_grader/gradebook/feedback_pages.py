"""Writing feedback: nbgrader's own pages, and a page of ours for what could not be graded."""

import html
import json
from pathlib import Path

from notebook_grader import GraderError
from notebook_grader.gradebook.gradebook import ClassDirectory

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{chapter}: not graded</title></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 2em auto">
<h1>{chapter}: not graded</h1>
<p>{problem}</p>
</body></html>
"""


def write_feedback(course: ClassDirectory) -> list[Path]:
    """Write the feedback of every hand-in that was graded or refused; return the pages.

    Raises GraderError where nothing was graded, or where nbgrader could not write a page.
    """
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(course.folder.glob("results/*/*.json"))]
    if not results:
        raise GraderError(f"Nothing was graded in {course.folder}. Run `course grade FOLDER` first.")
    return [_refusal(course, result) if result["problem"] else _feedback(course, result) for result in results]


def _feedback(course: ClassDirectory, result: dict) -> Path:
    student, chapter = result["student"], result["chapter"]
    done = course.api.generate_feedback(chapter, student, force=True)
    if not done["success"]:
        said = (done.get("log") or done.get("error") or "no reason given").strip().split("\n")[-1]
        raise GraderError(f"nbgrader could not write the feedback of {student}, {chapter}: {said}")
    return course.place("feedback", student, chapter) / f"{chapter}.html"


def _refusal(course: ClassDirectory, result: dict) -> Path:
    chapter = result["chapter"] or "hand-in"
    page = course.place("feedback", result["student"], chapter) / f"{chapter}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    text = _PAGE.format(chapter=html.escape(chapter), problem=html.escape(result["problem"]))
    page.write_text(text, encoding="utf-8")
    return page
