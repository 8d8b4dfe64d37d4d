"""The warm process, run as a script: it imports once what every submission needs, and forks a kernel for each.

It reads a line of JSON for each kernel from stdin and answers with a line on stdout. Nothing of a student's runs here.
"""

import gc
import importlib
import json
import os
import signal
import sys
from pathlib import Path


def main(modules: list[str]) -> None:
    """Import, say so, then fork on request until stdin ends."""
    sys.path.pop(0)  # the folder of this script: students must not import the grader's modules by accident
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a module prints while it is imported is no answer
    for name in [*modules, "ipykernel.kernelapp"]:
        importlib.import_module(name)
    threads = _threads()
    if threads == 1:  # a lock that another thread holds at a fork stays closed for ever in the child
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries dead children
        gc.collect()
        gc.freeze()
    _answer(answers, {"threads": threads})
    for line in sys.stdin:
        _answer(answers, {"pid": _fork(json.loads(line), answers.fileno())})


def _threads() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.is_dir() else 0


def _answer(stream, message: dict) -> None:
    print(json.dumps(message), file=stream, flush=True)


def _fork(request: dict, answers: int) -> int:
    """Fork a kernel; return its process id once it leads a session of its own, so that it can be killed as a group."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.close(answers)
            os.setsid()
            os.write(writing, b".")
            os.close(writing)
            _become_kernel(request)
        finally:
            os._exit(1)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    return child


def _become_kernel(request: dict) -> None:
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    app = IPKernelApp.instance()
    app.initialize([*request["arguments"], f"--IPKernelApp.parent_handle={os.getppid()}"])
    app.start()


if __name__ == "__main__":
    main(sys.argv[1:])
