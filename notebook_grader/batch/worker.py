"""What happens in a process that grades: it opens an engine once, and runs one submission after another."""

import atexit
import contextlib
import os
import signal
import threading
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from notebook_grader import GraderError
from notebook_grader.store.environment import fingerprint
from notebook_grader.store.submission import (
    Engine,
    Graded,
    OpenEngine,
    Submission,
    grade_submission,
    of_hand_in,
    refused,
)

_GRACE = 5.0  # seconds that an engine has to end what it started
_ONE_AT_A_TIME = threading.Lock()  # a Dask worker has several threads
_HELD = contextlib.ExitStack()
_OPEN: dict[str, Engine] = {}
_shared: Path | None = None  # what the engines of a pool have in common, where they are on one computer


def work(open_engine: OpenEngine, submission: Submission) -> Graded:
    """Grade one submission with this process's engine. What goes wrong with it is in its result.

    Raises GraderError where no submission could be graded here: no engine, or another installation than the one that
    asks.
    """
    try:
        with _ONE_AT_A_TIME:
            return _graded(submission, _engine(open_engine, submission))
    except SystemExit:  # this process was told to end: the engine has ended its run on the way here
        _HELD.close()
        os._exit(1)


def start_local(alive: Connection, shared: Path) -> None:
    """Prepare a process of this computer: it ends when the other end of `alive` is closed, by whatever means.

    shared  folder for what the engines of all these processes share
    """
    global _shared  # noqa: PLW0603 - a process belongs to one pool from its start
    _shared = shared
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: only the process that asks for work decides
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with, args=[alive], daemon=True).start()


def _graded(submission: Submission, engine: Engine) -> Graded:
    try:
        return grade_submission(submission, engine)
    except GraderError as error:
        problem = str(error)
    except Exception:  # a fault of ours in one submission must not stop the others, and must not be silent either
        problem = "the grader failed: " + traceback.format_exc().strip().split("\n")[-1]
    graded = refused(submission.student, submission.chapter, problem)
    return Graded(of_hand_in(graded.result, submission), None)


def _engine(open_engine: OpenEngine, submission: Submission) -> Engine:
    name = repr((open_engine, sorted(submission.limits.items())))
    if name not in _OPEN:
        _compare(submission.environment)
        _HELD.close()
        _OPEN.clear()
        _OPEN[name] = _HELD.enter_context(open_engine(submission.limits, _shared))
        atexit.register(_close)
    return _OPEN[name]


def _compare(expected: dict[str, str]) -> None:
    here = fingerprint()
    parts = [part for part in here if here[part] != expected.get(part)]
    other = [f"{part} {here[part][:12]}, not {expected.get(part, 'none')[:12]}" for part in parts]
    if other:
        raise GraderError(
            f"A process that grades does not have what the one has that asks for marks: {'; '.join(other)}. Install "
            "the same requirements.txt and the same checkout on both, change nothing while they run, and start again."
        )


def _end(*_) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what is on its way out must not be disturbed
    raise SystemExit(1)


def _close() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _HELD.close()


def _end_with(alive: Connection) -> None:
    with contextlib.suppress(OSError, EOFError):
        alive.recv_bytes()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
