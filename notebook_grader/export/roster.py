"""A learning platform's own CSV file, in which some cells are filled in and every other byte stays as it was."""

import csv
import re
from pathlib import Path

from notebook_grader import GraderError

_CELL = {sign: re.compile(rf'"(?:[^"]|"")*"[^{sign}\r\n]*|[^{sign}\r\n]*') for sign in ",;\t"}
_END = re.compile(r"\r\n|\r|\n|\Z")
_BOM = "\ufeff"


class Roster:
    """The cells of a CSV file, with the text between them.

    header  the columns' names
    lines   numbers of the other lines that hold something, to be given to `cell` and `put`
    """

    def __init__(self, path: Path):
        """Read a file. Raises GraderError where it is no CSV in UTF-8, or a line has other columns than the header."""
        self._name = path.name
        self._bom, text = self._read(path)
        self._sign = max(",;\t", key=text.partition("\n")[0].count)
        self._rows = list(_taken_apart(text, self._sign))
        self.header = [self._plain(cell).strip() for cell in self._rows[0][0]]
        self.lines = [n for n, (cells, _) in enumerate(self._rows) if n and any(cells)]
        for n in self.lines:
            if len(self._rows[n][0]) != len(self.header):
                raise GraderError(
                    f"{self._name}: line {n + 1} has {len(self._rows[n][0])} cells, the header {len(self.header)}. "
                    "Download the file again, and do not save it from a spreadsheet."
                )

    def column(self, name: str) -> int | None:
        """Return where a column stands, whatever its capitals; None where there is none."""
        found = [n for n, title in enumerate(self.header) if title.casefold() == name.casefold()]
        return found[0] if found else None

    def cell(self, line: int, column: int | None) -> str:
        """Return the text of a cell; "" for a column that is not there."""
        return "" if column is None else self._plain(self._rows[line][0][column]).strip()

    def put(self, line: int, column: int, text: str) -> None:
        """Fill a cell, in quotes only where the text needs them."""
        is_plain = not set(text) & {'"', self._sign, "\r", "\n"}
        self._rows[line][0][column] = text if is_plain else '"' + text.replace('"', '""') + '"'

    def write(self, to: Path) -> None:
        """Write the file, with the bytes of everything that was not filled in."""
        text = "".join(self._sign.join(cells) + end for cells, end in self._rows)
        to.write_bytes((self._bom + text).encode("utf-8"))

    def _read(self, path: Path) -> tuple[str, str]:
        if not path.is_file():
            raise GraderError(f"{path} was not found. Give the file that you downloaded from the platform.")
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise GraderError(
                f"{self._name} is not in UTF-8. Download it again, not saved from a spreadsheet."
            ) from None
        if not text.strip(f"{_BOM}\r\n "):
            raise GraderError(f"{self._name} is empty. Download it again.")
        return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)

    def _plain(self, cell: str) -> str:
        return next(csv.reader([cell], delimiter=self._sign), [""])[0] if '"' in cell else cell


def _taken_apart(text: str, sign: str):
    """Yield each line as its cells, quotes and all, and what ends it."""
    at, cells = 0, []
    while at < len(text):
        match = _CELL[sign].match(text, at)
        cells.append(match[0])
        at = match.end()
        if text[at : at + 1] == sign:
            at += 1
            if at == len(text):
                cells.append("")
            continue
        end = _END.match(text, at)
        yield cells, end[0]
        at, cells = end.end(), []
    if cells:
        yield cells, ""
