"""What graded notebooks say of failing answers on which no check wrote a word: errors, time limits, no answer."""

import json
import re
from pathlib import Path

from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.gradebook.scores import ClassScores

_SYMPTOM = re.compile(r"^  symptom +(.*?)(?=^  \S|\Z)", re.MULTILINE | re.DOTALL)


def completed(results: list[dict], scores: ClassScores, course: ClassDirectory) -> list[dict]:
    """Return the results with a word on every failing answer: as the check said, else as the notebook shows it."""
    return [result | {"mistakes": _with_errors(result, scores, course)} for result in results]


def _with_errors(result: dict, scores: ClassScores, course: ClassDirectory) -> list[dict]:
    mistakes = list(result["mistakes"] or [])
    score = scores.scores.get((result["student"], result["chapter"]))
    told = {one.get("check") for one in mistakes}
    marks = score.marks if score else ()
    failing = [mark.name for mark in marks if not mark.by_hand and (mark.points or 0) < mark.max_points]
    untold = [name for name in failing if name not in told]
    if untold:
        place = course.place("autograded", result["student"], result["chapter"])
        shown = _errors(place / f"{result['chapter']}.ipynb")
        mistakes += [{"check": name} | shown[name] for name in untold if name in shown]
    return mistakes


def _errors(path: Path) -> dict[str, dict]:
    """Return of each test cell of a graded notebook how it failed; {} where there is no notebook."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    found = {}
    for cell in cells:
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        error = next((one for one in cell.get("outputs", []) if one.get("output_type") == "error"), None)
        if name and error:
            found[name] = _told(error.get("ename", ""), error.get("evalue", ""))
    return found


def _told(name: str, text: str) -> dict:
    if name == "NotImplementedError":
        return {"blank": True}
    symptom = _SYMPTOM.search(text) if name == "CheckFailed" else None
    return {"symptom": " ".join(symptom[1].split()) if symptom else f"{name}: {' '.join(text.split())}"}
