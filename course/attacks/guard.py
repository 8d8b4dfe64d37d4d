"""The box in which every engine grades the attacks: they must not harm the machine where an engine lets them through.

In it all files are read-only but one folder, there is no network but its own loopback, no other process can be seen or
killed, and memory has an end. It is no part of any engine: an engine's own sandbox works inside of it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from course import CourseError
from course.paths import ROOT

MEMORY = 6_500_000_000  # bytes of a process: the floods take four thousand million
TOKEN = "canary_token"  # stands in the environment of the grader as a secret would


def require_guard() -> None:
    """Raise CourseError where this machine cannot hold the attacks."""
    if not shutil.which("bwrap") or not shutil.which("prlimit"):
        raise CourseError("bubblewrap is missing; no attack is run without it. Install it: apt install bubblewrap.")
    tried = subprocess.run([*_box(Path("/tmp")), "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise CourseError(f"bubblewrap does not work here, and no attack is run without it: {tried.stderr.strip()}")


def run_guarded(arguments: list[str], folder: Path, seconds: float) -> str:
    """Run Python with these arguments in the box, which may write to one folder; return what it said last.

    It is ended, with all that it started, after these seconds.
    """
    for name in ("tmp", "home"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*_box(folder), sys.executable, *arguments],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=_environment(folder), cwd=folder,
        )  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()  # the first process of the box goes with it, and every other one with that
            process.wait()
    return log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()


def _box(folder: Path) -> list[str]:
    place = str(folder)
    return [
        "prlimit", f"--data={MEMORY}", "--core=0", "nice", "bwrap", "--ro-bind", "/", "/", "--dev", "/dev",
        "--proc", "/proc", "--bind", place, place, "--unshare-pid", "--unshare-net", "--unshare-ipc",
        "--die-with-parent", "--new-session",
    ]  # fmt: skip


def _environment(folder: Path) -> dict[str, str]:
    own = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return own | {
        "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PYTHONPATH": str(ROOT), "HF_TOKEN": TOKEN,
        "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "IPYTHONDIR": str(folder / "home" / "ipython"),
    }  # fmt: skip
