"""Milliseconds until code runs inside of a sandbox, and is gone again.

    python benchmarks/entering_room.py

Ours is a room of the grader: made by its keeper, entered by a fork of this process, ended. The peer is bubblewrap,
which starts a program (`true`) in namespaces of its own, without Landlock and a list of system calls. They take turns.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from notebook_grader.sandbox import Keeper, probe

AIM = 10  # ms of processor time to enter
PEER = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-all", "true"]


class Rooms:
    """What the process beside this one keeps between its turns; it may start nothing but rooms."""

    keeper: Keeper | None = None


def enter_room() -> tuple[float, float]:
    """Return the milliseconds from asking for a room to its end, and of processor time those of entering."""
    if Rooms.keeper is None:
        Rooms.keeper = Keeper(probe())
    with tempfile.TemporaryDirectory() as folder:
        read, write = os.pipe()
        started = time.perf_counter()
        room = Rooms.keeper.room(Path(folder))
        if room.fork() == 0:
            before = time.process_time()
            room.enter([write])
            os.write(write, str(time.process_time() - before).encode())
            os._exit(0)
        os.close(write)
        entering = float(os.read(read, 100))
        room.end()
        os.close(read)
        return 1000 * (time.perf_counter() - started), 1000 * entering


def start_peer() -> float:
    """Return the milliseconds that bubblewrap takes for a program that does nothing."""
    started = time.perf_counter()
    subprocess.run(PEER, check=True)
    return 1000 * (time.perf_counter() - started)


def main(rounds: Annotated[int, typer.Option(min=3, help="Turns of each.")] = 100) -> None:
    """Print the table."""
    if not shutil.which("bwrap"):
        sys.exit("The peer is missing: install bubblewrap (Debian: apt-get install bubblewrap).")
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        beside.submit(enter_room).result()  # the keeper starts
        turns = [(beside.submit(enter_room).result(), start_peer()) for _ in range(rounds)]
    rooms, peers = zip(*turns, strict=True)
    whole, entering = (statistics.median(column) for column in zip(*rooms, strict=True))
    table = Table("until it has run and ended", title=f"Sandbox, medians of {rounds} turns; level {probe().level.name}")
    table.add_column("ms", justify="right")
    table.add_row("bubblewrap", f"{statistics.median(peers):.1f}")
    table.add_row("a room", f"{whole:.1f}")
    table.add_row(f"entering it, processor time (aim: {AIM})", f"{entering:.1f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
