"""`course report`: read the class, write the page and the CSV files."""

from datetime import date
from pathlib import Path

from notebook_grader import GraderError
from notebook_grader.gradebook.gradebook import ClassDirectory
from notebook_grader.report.findings import read_findings
from notebook_grader.report.page import render
from notebook_grader.report.sheets import write_sheets


def make_report(course: ClassDirectory, to: Path | None = None) -> list[Path]:
    """Write the report on a class; return its page, then its CSV files.

    to  folder for them; default: `report` in the class's folder

    Raises GraderError where nothing was graded, or the folder is none.
    """
    folder = to or course.folder / "report"
    if folder.exists() and not folder.is_dir():
        raise GraderError(f"{folder} is no folder. Name another with --to.")
    findings = read_findings(course)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    page.write_text(render(findings, course.folder.name, date.today()), encoding="utf-8")
    return [page, *write_sheets(findings, folder)]
