"""What shows that an attack worked: a file, a message that was received, a process that stayed, a script in a page.

Each trace is a file `<attack>.<kind>` in the canary folder, so that it is there when the grader itself was killed.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

KINDS = {
    "written": "wrote where it must not",
    "sent": "reached the network",
    "left": "left a process behind",
    "active": "put a script into the feedback",
}


def traces(folder: Path, name: str) -> list[str]:
    """Return what an attack has left in the canary folder, one phrase for each kind."""
    return [phrase for kind, phrase in KINDS.items() if (folder / f"{name}.{kind}").exists()]


@contextmanager
def listening(folder: Path) -> Iterator[int]:
    """Listen on a port (TCP and UDP), on an abstract socket and on one in the folder; write down who came.

    Yields the port.
    """
    stream, datagrams = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port = stream.getsockname()[1]
    datagrams.bind(("127.0.0.1", port))
    local = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for one, place in zip(local, (f"\0canary-{port}", str(folder / "socket")), strict=True):
        one.bind(place)
        one.listen()
    for one in (stream, *local):
        threading.Thread(target=_accept, args=(one, folder), daemon=True).start()
    threading.Thread(target=_receive, args=(datagrams, folder), daemon=True).start()
    try:
        yield port
    finally:
        for one in (stream, datagrams, *local):
            one.close()


def _accept(listener: socket.socket, folder: Path) -> None:
    while True:
        try:
            line, _ = listener.accept()
            with line:
                line.settimeout(2)
                _write_down(line.recv(100), folder)
        except TimeoutError:
            continue
        except OSError:
            return


def _receive(datagrams: socket.socket, folder: Path) -> None:
    while True:
        try:
            _write_down(datagrams.recv(100), folder)
        except OSError:
            return


def _write_down(message: bytes, folder: Path) -> None:
    name = message.decode(errors="replace").strip()
    if re.fullmatch(r"\w+", name):
        (folder / f"{name}.sent").touch()


def note_processes(folder: Path, names: list[str]) -> None:
    """Write down which attacks have a process of their name that still runs."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            first = command.read_bytes().split(b"\0")[0].decode(errors="replace")
        except OSError:
            continue
        if first in names:
            (folder / f"{first}.left").touch()


def note_scripts(folder: Path, pages: list[Path], name: str) -> None:
    """Write down whether something of an attack would act in one of these pages."""
    for page in pages:
        reader = _ScriptFinder(f"canary_{name}")
        reader.feed(page.read_text(encoding="utf-8", errors="replace"))
        if reader.is_found:
            (folder / f"{name}.active").touch()


class _ScriptFinder(HTMLParser):
    """Finds a word in scripts, in attributes that act (onclick, onerror), and in links that run."""

    def __init__(self, word: str):
        super().__init__()
        self._word, self._in_script = word, False
        self.is_found = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attrs:
            acts = name.startswith("on") or (value or "").strip().lower().startswith(("javascript:", "data:text/html"))
            self.is_found |= acts and self._word in (value or "")

    def handle_endtag(self, tag: str) -> None:
        self._in_script &= tag != "script"

    def handle_data(self, data: str) -> None:
        self.is_found |= self._in_script and self._word in data
