"""Collecting what a cell shows, with a cap, from the kernel's messages into nbformat's outputs."""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_output, output_from_msg

# Text and pixel pictures: markup that a student's code shows would act in the browser of whoever reads it.
_KINDS = ("text/plain", "image/png", "image/jpeg")
_SHOWN = ("stream", "display_data", "execute_result")  # errors come with the reply, where code cannot forge them
_MOST_TEXT, _MOST_OUTPUTS, _MOST_BYTES = 100_000, 60, 20_000_000
_OVERWRITTEN = re.compile(r"[^\n]*\r(?=[^\n])")  # what a progress bar wrote over
_CUT = "\n... the output was cut here: it is longer than a grader keeps ...\n"


class Collector:
    """Turns messages into outputs: streams joined, progress bars reduced to their last state, floods cut."""

    def __init__(self):
        self.outputs: list[NotebookNode] = []
        self._by_display_id: dict[str, list[NotebookNode]] = {}
        self._text = self._bytes = 0
        self._clears_next = False

    def add(self, message: dict) -> None:
        """Take one message of the kernel's iopub channel; kinds that show nothing are ignored."""
        kind = message["msg_type"]
        if kind == "clear_output":
            self._clears_next = True
            if not message["content"].get("wait"):
                self._clear()
        elif kind == "update_display_data":
            self._update(message)
        elif kind in _SHOWN:
            if self._clears_next:
                self._clear()
            self._add_output(output_from_msg(message), _display_id(message))

    def _clear(self) -> None:
        self.outputs.clear()
        self._by_display_id.clear()
        self._clears_next = False

    def _update(self, message: dict) -> None:
        for output in self._by_display_id.get(_display_id(message) or "", []):
            data = message["content"]["data"]
            output.data = NotebookNode({kind: data[kind] for kind in _KINDS if kind in data})

    def _add_output(self, output: NotebookNode, display_id: str | None) -> None:
        if output.output_type == "stream":
            self._add_text(output.name, output.text)
            return
        output.data = NotebookNode({kind: data for kind, data in output.data.items() if kind in _KINDS})
        self._bytes += sum(len(str(value)) for value in output.data.values())
        if len(self.outputs) >= _MOST_OUTPUTS or self._bytes > _MOST_BYTES:
            self._add_text("stdout", _CUT)
            return
        self.outputs.append(output)
        if display_id:
            self._by_display_id.setdefault(display_id, []).append(output)

    def _add_text(self, name: str, text: str) -> None:
        if self._text > _MOST_TEXT:
            return
        last = self.outputs[-1] if self.outputs else None
        if last is None or last.output_type != "stream" or last.name != name:
            last = new_output("stream", name=name, text="")
            self.outputs.append(last)
        joined = _OVERWRITTEN.sub("", last.text + text)
        self._text += max(0, len(joined) - len(last.text))
        last.text = joined if self._text <= _MOST_TEXT else joined[:_MOST_TEXT] + _CUT


def _display_id(message: dict) -> str | None:
    return (message["content"].get("transient") or {}).get("display_id")
