"""Where submissions are graded: on the cores of this computer, or on a Dask cluster. The processes are a library's.

When a process dies, all that it may have been running is suspect. The suspects are graded again, each alone, so that in
the end only the submission that kills its process is left without a mark.
"""

import contextlib
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Protocol

from notebook_grader import GraderError
from notebook_grader.batch.worker import start_local, work
from notebook_grader.store.submission import Graded, OpenEngine, Submission, of_hand_in, refused

_PATIENCE = 2.0  # seconds in which processes with nothing to do end by themselves
_MOST_FRUITLESS = 8  # deaths in a row, from the first on: it is not the submissions, then


class Pool(Protocol):
    """Some processes that work can be given to.

    death        the exception of a future whose process died
    most_deaths  after how many of these a submission is given up
    """

    death: type[Exception]
    most_deaths: int

    def room(self) -> int:
        """Return how many submissions may be under way at once. Raises GraderError where no process is left."""

    def executor(self) -> Executor:
        """Return the executor, started or replaced as needed."""

    def renew(self) -> None:
        """Make the pool fit for work again after a process has died."""

    def close(self) -> None:
        """End the processes, at once."""


class LocalPool:
    """Processes of this computer; they start when there is work for them. Their engines share a folder."""

    death, most_deaths = BrokenProcessPool, 3

    def __init__(self, jobs: int | None = None):
        self._jobs = jobs or cores()
        self._executor: ProcessPoolExecutor | None = None

    def room(self) -> int:
        return self._jobs + 1  # one waits, so that no process does

    def executor(self) -> ProcessPoolExecutor:
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            reading, self._alive = context.Pipe(duplex=False)
            self._shared = Path(tempfile.mkdtemp(prefix="grading-"))
            self._executor = ProcessPoolExecutor(self._jobs, context, start_local, [reading, self._shared])
        return self._executor

    def renew(self) -> None:
        self.close()

    def close(self) -> None:
        if self._executor is not None:
            ending = threading.Thread(target=self._executor.shutdown, kwargs={"cancel_futures": True})
            ending.start()
            ending.join(_PATIENCE)
            self._alive.close()  # each process that is still there sees it, and ends what it runs
            ending.join()
            self._executor = None
            shutil.rmtree(self._shared, ignore_errors=True)


class DaskPool:
    """The workers of a Dask cluster, as many as there are at the time.

    address   of the scheduler, such as tcp://host:8786
    patience  seconds without any worker after which the run is given up
    """

    most_deaths = 2  # the scheduler has tried each of them several times

    def __init__(self, address: str, patience: float = 60.0):
        try:
            from distributed import Client
            from distributed.scheduler import KilledWorker
        except ImportError:
            raise GraderError("Dask is not installed. Run `pip install 'dask[distributed]'` and try again.") from None
        self.death = KilledWorker
        self._address, self._patience, self._seen = address, patience, time.monotonic()
        try:
            self._client = Client(address, timeout=patience, set_as_default=False)
        except (OSError, ValueError) as error:
            raise GraderError(
                f"No Dask scheduler answers at {address} ({error}). Start one with `dask scheduler`, and give the "
                "address that it prints."
            ) from None
        self._executor = self._client.get_executor(pure=False)

    def room(self) -> int:
        threads = self._threads()
        if threads:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self._patience:
            raise GraderError(
                f"{self._address} had no worker for {self._patience:.0f} s. Start some with `dask worker "
                f"{self._address} --nthreads 1`, then run the same command again: it goes on where it was."
            )
        return threads + 1

    def _threads(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except (OSError, RuntimeError) as error:
            raise GraderError(
                f"The Dask scheduler at {self._address} was lost ({error}). Start it again, then run the same command "
                "again: it goes on where it was."
            ) from None

    def executor(self) -> Executor:
        return self._executor

    def renew(self) -> None:
        """The scheduler starts workers again by itself."""

    def close(self) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()


class Crowd:
    """Submissions under way in a pool. What comes back comes in any order."""

    def __init__(self, pool: Pool, open_engine: OpenEngine):
        self._pool, self._open_engine = pool, open_engine
        self._running: dict[Future, tuple[int, Submission]] = {}
        self._suspects: deque[tuple[int, Submission]] = deque()
        self._fruitless: int | None = 0  # deaths before anything came back; None once something has

    def add(self, number: int, submission: Submission) -> Iterator[tuple[int, Submission, Graded]]:
        """Send a submission off, and yield what is done by then; waits while the pool is full."""
        while len(self._running) >= self._pool.room():
            yield from self._done()
        self._send(number, submission)

    def rest(self) -> Iterator[tuple[int, Submission, Graded]]:
        """Yield all that is under way; then the suspects, one at a time."""
        while self._running:
            yield from self._done()
        while self._suspects:
            number, submission = self._suspects.popleft()
            yield number, submission, self._alone(number, submission)

    def _send(self, number: int, submission: Submission) -> None:
        try:
            future = self._pool.executor().submit(work, self._open_engine, submission)
        except self._pool.death:  # it broke between two submissions
            self._give_up(number, submission)
            return
        self._running[future] = number, submission

    def _done(self) -> Iterator[tuple[int, Submission, Graded]]:
        """Wait a little; yield what came back."""
        done, _ = wait(self._running, timeout=1, return_when=FIRST_COMPLETED)
        self._pool.room()  # says so where no process is left
        for future in done:
            number, submission = self._running.pop(future)
            try:
                graded = future.result()
            except (self._pool.death, CancelledError, SystemExit):  # the last where it was told to end as it began
                self._give_up(number, submission)
                continue
            self._fruitless = None
            yield number, submission, graded

    def _give_up(self, number: int, submission: Submission) -> None:
        """Hold a submission back for later, and the pool fit for the others."""
        self._suspects.append((number, submission))
        if self._fruitless is not None:
            self._fruitless += 1
            if self._fruitless > _MOST_FRUITLESS + len(self._running):
                raise GraderError(
                    "The processes that grade end before they have graded anything. Is there enough memory for so "
                    "many? Try `--jobs 1`, and `python -c 'import helpers.denoisers'` in this environment."
                )
        self._pool.renew()

    def _alone(self, number: int, submission: Submission) -> Graded:
        """Grade a suspect while nothing else runs: if a process dies now, it is known why."""
        for _ in range(self._pool.most_deaths - 1):
            self._send(number, submission)
            back = list(self._wait_alone())
            if back:
                return back[0][2]
            self._suspects.pop()
        problem = (
            f"the process that grades it ended {self._pool.most_deaths} times over it, and each time the grader "
            "started a new one. Look at what the notebook does to the machine: its memory, its processes."
        )
        return Graded(of_hand_in(refused(submission.student, submission.chapter, problem).result, submission), None)

    def _wait_alone(self) -> Iterator[tuple[int, Submission, Graded]]:
        while self._running:
            yield from self._done()


def cores() -> int:
    """Return how many cores this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
