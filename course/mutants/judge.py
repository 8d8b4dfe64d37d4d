"""Judging an answer as its test cell would: the check, run in a fork of a warm process, within limits.

The warm process imports the course and builds the notebook's given objects once; each answer gets a copy of it, so that
none can spoil the next.
"""

import contextlib
import importlib
import inspect
import json
import os
import resource
import select
import signal
from multiprocessing import get_context
from typing import NamedTuple

from course import CourseError
from course.given import given_objects
from course.mutants.exercises import Exercise
from course.paths import Paths
from notebook_grader.runner.processes import MODULES

CPU_LIMIT = 60  # seconds of the processor that one answer may take, as a cell at grading time
_WALL_LIMIT = 600  # seconds; for an answer that sleeps
_MEMORY_LIMIT = 8 * 2**30  # bytes
_START_LIMIT = 300  # seconds until the warm process is ready, on a busy machine
_STOPPED = ("stopped", "", "it ran out of time, or its process ended")


class Verdict(NamedTuple):
    """What the check said of an answer.

    status   "accepted", "rejected" (by the check), "error" (it stopped outside of the check) or "stopped" (by a limit)
    mistake  id of the mistake that was named; "" where none fits
    said     first line of what was said against it
    """

    status: str
    mistake: str = ""
    said: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.status == "accepted"


class Judge:
    """The warm process; use it in a `with` block.

    cpu_limit  seconds of the processor that one answer may take
    """

    def __init__(self, cpu_limit: int = CPU_LIMIT):
        context = get_context("spawn")
        self._ours, theirs = context.Pipe()
        os.environ["OMP_NUM_THREADS"] = "1"  # a lock that another thread holds at a fork stays closed in the child
        self._process = context.Process(target=_serve, args=(theirs, cpu_limit), daemon=True)

    def __enter__(self) -> "Judge":
        self._process.start()
        self._answer(_START_LIMIT)
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.join()

    def judge(self, exercise: Exercise, source: str) -> Verdict:
        """Run an answer and its check with every seed of the test cell, up to the first that rejects it.

        Raises CourseError where the warm process does not answer: no answer's fault.
        """
        self._ours.send((exercise, source))
        return Verdict(*self._answer(_WALL_LIMIT + 60))

    def _answer(self, limit: float):
        with contextlib.suppress(EOFError):
            if self._ours.poll(limit):
                return self._ours.recv()
        raise CourseError(
            "The process that runs the checks did not get ready or has ended. "
            "Run `python -c 'import helpers.checks'` in this environment to see why."
        )


def _serve(connection, cpu_limit: int) -> None:
    """Import everything, say so, then judge on request, each in a fork."""
    from helpers.denoisers import load_stage_1
    from helpers.runtime import cuda_stand_in

    stage_1 = load_stage_1("exact")
    for name in MODULES:
        importlib.import_module(name)
    connection.send("ready")
    with cuda_stand_in(), contextlib.suppress(EOFError):  # whoever asked has ended
        while True:
            exercise, source = connection.recv()
            given = given_objects(Paths(), exercise.chapter, stage_1)
            connection.send(_in_a_fork(given, exercise, source, cpu_limit))


def _in_a_fork(given: dict, exercise: Exercise, source: str, cpu_limit: int) -> tuple:
    """Return the parts of a Verdict; the fork has its own copy of everything, and limits on time and memory."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _limit_itself(cpu_limit)
            os.write(writing, json.dumps(_verdict(given, exercise, source)).encode())
        os._exit(0)
    os.close(writing)
    try:
        if not select.select([reading], [], [], _WALL_LIMIT)[0]:
            os.kill(child, signal.SIGKILL)
        told = os.read(reading, 2**16)
    finally:
        os.close(reading)
        os.waitpid(child, 0)
    return tuple(json.loads(told)) if told else _STOPPED


def _limit_itself(cpu_limit: int) -> None:
    spent = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))  # a fork begins at 0; some systems count on
    resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_limit, spent + cpu_limit + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_LIMIT, _MEMORY_LIMIT))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


def _verdict(given: dict, exercise: Exercise, source: str) -> tuple:
    """Run the chapter's definitions, the answer, and its check; return the parts of a Verdict."""
    import helpers.checks as checks
    from helpers.checks.report import CheckFailed

    check = getattr(checks, f"check_{exercise.name}")
    names = [name for name in list(inspect.signature(check).parameters)[1:] if name != "seed"]
    try:
        for text in (exercise.before, source):  # both are this repository's own
            exec(text, given)
        for seed in exercise.seeds:
            check(given[exercise.name], *(given[name] for name in names), seed=seed)
    except CheckFailed as failure:
        return "rejected", failure.mistake.name if failure.mistake else "", failure.symptom
    except Exception as error:
        return "error", "", f"{type(error).__name__}: {error}".split("\n")[0][:200]
    return ("accepted",)
