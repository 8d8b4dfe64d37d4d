"""One handed-in file, read as plain cells: whatever is odd in it ends here, as a mended cell or as a clear error."""

import json
from pathlib import Path
from typing import NamedTuple

import nbformat

LARGEST_FILE = 50_000_000  # bytes; notebooks full of pictures stay under a tenth of it
_KINDS = ("code", "markdown", "raw")


class HandInError(Exception):
    """A file that cannot be graded; its text is for the student: what came, what was expected, what to do."""


class HandedCell(NamedTuple):
    """A cell as it was handed in.

    kind         "code", "markdown" or "raw"
    source       its text
    grade_id     nbgrader's name of it, "" where it has none
    schema       version of nbgrader's metadata, None where it has none
    ids          the names it has in the notebook's own format (Colab keeps one in the metadata)
    attachments  pictures pasted into a markdown cell
    gallery      name of the gallery cell that it says it is, "" where it says nothing
    outputs      what it showed when it was saved, in any shape: nothing of it is to be trusted
    """

    kind: str
    source: str
    grade_id: str = ""
    schema: int | None = None
    ids: tuple[str, ...] = ()
    attachments: dict = {}
    gallery: str = ""
    outputs: tuple = ()


def read_cells(path: Path) -> list[HandedCell]:
    """Read the cells of a handed-in notebook.

    Raises HandInError where the file is no notebook.
    """
    notebook = _read_json(path)
    if "worksheets" in notebook:
        notebook = _upgraded(notebook)
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise HandInError("This file is JSON, but no notebook: it has no cells. Download the notebook as .ipynb again.")
    if not cells:
        raise HandInError("This notebook has no cells. Hand in the notebook that holds your answers.")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _read_json(path: Path) -> dict:
    if path.is_symlink() or not path.is_file():
        raise HandInError("This is no regular file. Hand in the notebook itself, not a link to it.")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise HandInError(
            f"This file has {size / 1e6:.0f} MB; at most {LARGEST_FILE / 1e6:.0f} MB are read. "
            "Clear the outputs of all cells and save it again."
        )
    content = path.read_bytes()
    if not content.strip():
        raise HandInError("This file is empty. Save the notebook and hand it in again.")
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise HandInError(f"This file is no notebook: {_told(content, error)}. Download it as .ipynb again.") from None
    if not isinstance(notebook, dict):
        raise HandInError("This file is JSON, but no notebook. Download the notebook as .ipynb again.")
    return notebook


def _told(content: bytes, error: Exception) -> str:
    if content.startswith(b"PK"):
        return "it is a zip archive"
    if content.startswith(b"%PDF"):
        return "it is a PDF"
    if content.lstrip()[:1] == b"<":
        return "it is a web page"
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"its JSON breaks off or is damaged at line {error.lineno}"
    return "its JSON is damaged"


def _upgraded(notebook: dict) -> dict:
    try:
        return nbformat.convert(nbformat.from_dict(notebook), 4)
    except Exception as error:  # any shape of an old file can arrive here
        raise HandInError(
            f"This notebook is in an old format that cannot be read ({type(error).__name__}). Open it in Jupyter or "
            "Colab and save it again."
        ) from None


def _cell(cell: dict) -> HandedCell:
    metadata = _dict(cell.get("metadata"))
    nbgrader, course = (_dict(metadata.get(name)) for name in ("nbgrader", "course"))
    kind = cell.get("cell_type") if cell.get("cell_type") in _KINDS else "markdown"
    grade_id, gallery, outputs = nbgrader.get("grade_id"), course.get("gallery"), cell.get("outputs")
    return HandedCell(
        kind,
        _text(cell.get("source", "")),
        grade_id if isinstance(grade_id, str) else "",
        nbgrader.get("schema_version", 0) if nbgrader else None,
        tuple(name for name in (cell.get("id"), metadata.get("id")) if isinstance(name, str)),
        _attachments(cell) if kind == "markdown" else {},
        gallery if isinstance(gallery, str) else "",
        tuple(outputs) if isinstance(outputs, list) else (),
    )


def _dict(value) -> dict:
    return value if isinstance(value, dict) else {}


def _text(source) -> str:
    """Join a source, given as a string or as a list of lines; lone surrogates cannot be written to a file."""
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    return text.replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8")


def _attachments(cell: dict) -> dict:
    found = cell.get("attachments")
    if not isinstance(found, dict):
        return {}
    return {
        name: {kind: data for kind, data in bundle.items() if kind.startswith("image/") and isinstance(data, str)}
        for name, bundle in found.items()
        if isinstance(bundle, dict)
    }
