"""The small process that makes rooms, run as a script by the warm process.

A fork of the warm process is dear (its memory is large), and a PID namespace needs one process more: its first, which
buries orphans and whose end is the end of all. So that one is forked from here. It reads a line of JSON for each room
and answers with one: the request's number, and "first" (the id of the room's first process) or "error".
"""

import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from notebook_grader.sandbox import system, view
from notebook_grader.sandbox.levels import Part
from notebook_grader.sandbox.namespaces import flags, map_user


def main(control: int, parts: frozenset[Part]) -> None:
    """Answer requests until the warm process closes its end."""
    system.die_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the warm process decides
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=control) as line:
        if Part.USER in parts:
            uid, gid = os.geteuid(), os.getegid()
            system.unshare(system.CLONE_NEWUSER)
            map_user(uid, gid)
        _answer(line, number=0)
        while request := line.recv(65536):
            if os.fork() == 0:
                _hold(line, json.loads(request), parts)


def _answer(line: socket.socket, **message) -> None:
    line.send(json.dumps(message).encode())


def _hold(line: socket.socket, request: dict, parts: frozenset[Part]) -> NoReturn:
    """Make the namespaces, and their first process, in a child of the keeper; end when that one ends."""
    number = request["number"]
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        system.die_with_parent(signal.SIGKILL)
        system.unshare(flags(parts))
        here, there = socket.socketpair()
        first = os.fork()
        if first == 0:
            here.close()
            _be_first(there, request, parts)
        there.close()
        said = here.recv(1000).decode()
        outcome = {"first": first} if said == "ready" else {"error": said or "its first process ended"}
        _answer(line, number=number, **outcome)
        line.close()
        os.waitpid(first, 0)
    except OSError as error:
        _answer(line, number=number, error=str(error))
    os._exit(0)


def _be_first(line: socket.socket, request: dict, parts: frozenset[Part]) -> NoReturn:
    """Build the file tree, then bury orphans until somebody kills this process, and with it all others in here."""
    try:
        system.die_with_parent(signal.SIGKILL)
        os.setsid()
        if Part.VIEW in parts:
            view.build(Path(request["place"]), request["file_mb"], request["uid"], Part.PROC in parts)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        line.send(b"ready")
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))
        while True:
            signal.pause()
    except OSError as error:
        with contextlib.suppress(OSError):
            line.send(str(error).encode())
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), frozenset(Part[name] for name in sys.argv[2:]))
