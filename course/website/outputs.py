"""Outputs of the reference run -> outputs that a page can show: no stderr, no progress bars, no live widgets."""

import re

from nbformat import NotebookNode

WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")

_PROGRESS_BAR = re.compile(r"\d+%\|.*\|\s*\d+/\d+|\d+it \[")
_COLUMNS = re.compile(r"\S {2,}\S")
_OBJECT = re.compile(r"^<[\w.]+ .*>$|^<Figure size .*>$")


def shown(outputs: list[NotebookNode], *, only_pictures: bool = False) -> list[NotebookNode]:
    """Return the outputs that a page shows, as new nodes.

    only_pictures  True for a widget's cell: its still picture stands for the panel
    """
    kept = (
        _shown_stream(output) if output.output_type == "stream" else _shown_data(output) for output in _merged(outputs)
    )
    return [output for output in kept if output and (has_picture(output) or not only_pictures)]


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Leave stderr out and join what was printed in several pieces, as a kernel sends it."""
    merged: list[NotebookNode] = []
    for output in outputs:
        if output.get("name") == "stderr":
            continue
        if merged and output.output_type == merged[-1].output_type == "stream":
            merged[-1] = NotebookNode(merged[-1] | {"text": merged[-1].text + output.text})
        else:
            merged.append(output)
    return merged


def without_repeats(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Print each line of a check once: hidden tests repeat the visible one's message in the reference run."""
    return [
        NotebookNode(output | {"text": "\n".join(dict.fromkeys(output.text.split("\n")))})
        if output.output_type == "stream"
        else output
        for output in outputs
    ]


def has_columns(output: NotebookNode) -> bool:
    """Tell whether printed text is set in columns, which a page must not wrap."""
    return output.output_type == "stream" and bool(_COLUMNS.search(output.text))


def has_picture(output: NotebookNode) -> bool:
    return any(kind in output.get("data", {}) for kind in PICTURES)


def _shown_stream(output: NotebookNode) -> NotebookNode | None:
    lines = [_last_state(line) for line in output.text.split("\n")]
    # A bar that a carriage return has overwritten leaves an empty line, which nobody printed.
    printed = [after for before, after in zip(output.text.split("\n"), lines, strict=True) if after or not before]
    text = "\n".join(printed)
    return NotebookNode(output_type="stream", name="stdout", text=text) if text.strip() else None


def _last_state(line: str) -> str:
    """What is left on the screen of a line with carriage returns; nothing of a progress bar, whose times vary."""
    states = [part for part in line.split("\r") if part.strip()]
    last = states[-1] if states else ""
    return "" if _PROGRESS_BAR.search(last) else last


def _shown_data(output: NotebookNode) -> NotebookNode | None:
    if output.output_type == "error":
        return output
    data = {kind: value for kind, value in output.data.items() if kind != WIDGET}
    is_bare_object = set(data) == {"text/plain"} and (WIDGET in output.data or _OBJECT.match(data["text/plain"]))
    if not data or is_bare_object:
        return None
    return NotebookNode(output | {"data": NotebookNode(data)})
