"""The reference run: every chapter with its solutions, executed on the CPU with the shipped models.

Its outputs are the website's figures; its wall time and peak memory are what the chapters state. A run is kept until
something it depends on changes.
"""

import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import nbformat

from course import CourseError
from course.build import build_sources
from course.console import console
from course.paths import ROOT, Paths

PROFILE = "pocket"
LONGEST_CELL = 900  # seconds; a cell of a chapter takes seconds, so this only ends a hang
JOBS = min(2, os.cpu_count() or 1)  # chapters at a time; each may take 3 GB

_PACKAGES = ("torch", "torchvision", "diffusers", "transformers", "numpy", "matplotlib", "ipykernel")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")

# Run in the kernel after the last cell. VmHWM rather than ru_maxrss: Linux hands the latter down from the process
# that started the kernel.
_PEAK_MEMORY = """\
import pathlib, re, resource, sys
status = pathlib.Path("/proc/self/status")
if status.exists():
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) // 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10))
"""


class Run(NamedTuple):
    """One chapter's reference run: wall time from the kernel's start to its last cell, peak memory of the kernel."""

    chapter: str
    profile: str
    cores: int
    seconds: float
    peak_mb: int
    key: str


def execute(paths: Paths, force: bool = False, jobs: int = JOBS) -> list[Run]:
    """Execute every chapter that changed since its last run, with a progress line each.

    paths  the checkout; build/executed/ receives the notebooks and timings.json
    force  execute again what has not changed, too
    jobs   chapters at a time, which share the cores: small networks gain less from a second thread than from a
           second chapter beside them

    Raises CourseError where a cell fails, writes to stderr, or shows a picture without alt text; the other chapters are
    run and kept all the same.
    """
    runs = read_runs(paths)
    cores = max(1, (os.cpu_count() or 1) // jobs)
    problems = []
    with ProcessPoolExecutor(jobs) as pool:
        running = {}
        for chapter in build_sources(paths):
            name, key = chapter.name, key_of(paths, chapter.name)
            known = runs.get(name)
            if known and known.key == key and paths.executed(name).is_file() and not force:
                console.print(f"executing {name} ... unchanged since its last run ({known.seconds:.0f} s)")
            else:
                running[pool.submit(_run, paths, name, key, cores)] = name
        try:
            for done in as_completed(running):
                try:
                    run = runs[running[done]] = done.result()
                except CourseError as error:
                    console.print(f"executing {running[done]} ... failed")
                    problems.append(str(error))
                    continue
                told = f"executing {run.chapter} ... {run.seconds:.1f} s, peak memory {run.peak_mb} MB"
                console.print(told, soft_wrap=True)
                _write_runs(paths, runs)
        finally:  # after a Ctrl-C nothing more is begun
            pool.shutdown(wait=False, cancel_futures=True)
    if problems:
        raise CourseError("\n".join(problems))
    return [runs[name] for name in paths.chapters()]


def read_runs(paths: Paths) -> dict[str, Run]:
    """Read the times and memory of the last reference runs, by chapter; without those that an older form tells of."""
    if not paths.timings.is_file():
        return {}
    runs = json.loads(paths.timings.read_text(encoding="utf-8"))
    return {name: Run(**run) for name, run in runs.items() if set(run) == set(Run._fields)}


def _write_runs(paths: Paths, runs: dict[str, Run]) -> None:
    text = json.dumps({name: run._asdict() for name, run in sorted(runs.items())}, indent=1)
    paths.timings.write_text(text + "\n", encoding="utf-8")


def _run(paths: Paths, chapter: str, key: str, cores: int) -> Run:
    notebook = nbformat.read(paths.source(chapter), as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(_PEAK_MEMORY, id="peak-memory"))
    paths.executed_folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    execute_cells(notebook, paths, chapter, cores)
    seconds = time.perf_counter() - started
    peak_mb = int(notebook.cells.pop().outputs[0]["text"])
    problems = list(_problems(chapter, notebook))
    if problems:
        raise CourseError("\n".join(problems))
    nbformat.write(notebook, paths.executed(chapter))
    return Run(chapter, PROFILE, cores, round(seconds, 1), peak_mb, key)


def execute_cells(notebook: nbformat.NotebookNode, paths: Paths, chapter: str, cores: int) -> None:
    """Run all cells in a fresh kernel of this very Python; on failure say which cell and show its traceback."""
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    # Sockets in a folder of their own rather than ports: no other process can take them or listen.
    with tempfile.TemporaryDirectory() as folder:
        connection = str(Path(folder) / "kernel.json")
        manager = AsyncKernelManager(kernel_spec_manager=_own_kernels(), transport="ipc", connection_file=connection)
        client = NotebookClient(notebook, km=manager, timeout=LONGEST_CELL, record_timing=False, coalesce_streams=True)
        client.extra_arguments = ["--log-level=ERROR"]  # ipykernel's own log; errors of cells come by message
        client.resources["metadata"] = {"path": str(paths.executed_folder)}
        try:
            client.execute(env=_environment(cores), cleanup_kc=True)
        except CellExecutionError as error:
            raise CourseError(_failure(chapter, notebook)) from error
        except (CellTimeoutError, RuntimeError) as error:  # a dead kernel is a RuntimeError
            cure = f"Execute build/source/{chapter}/{chapter}.ipynb by hand to see where it hangs or dies."
            raise CourseError(f"{chapter}: {error}\n{cure}") from error


def _own_kernels():
    """Offer only the kernel of the running Python: a `python3` of the user's account may be another environment's."""
    from jupyter_client.kernelspec import KernelSpecManager

    kernels = KernelSpecManager(kernel_dirs=[])
    found = kernels.get_kernel_spec("python3").argv[0]
    if found != sys.executable:
        raise CourseError(f"The python3 kernel runs {found}, expected {sys.executable}. Run `make setup` again.")
    return kernels


def _environment(cores: int) -> dict[str, str]:
    """The profile of the reference run. A GPU is hidden, so that every machine computes the same figures."""
    # Two busy threads that spin while they wait made a call of the U-Net ten times slower beside any other load.
    patient = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(cores)}
    return patient | os.environ | {"COURSE_PROFILE": PROFILE, "CUDA_VISIBLE_DEVICES": ""}


def _failure(chapter: str, notebook: nbformat.NotebookNode) -> str:
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                place = f"build/source/{chapter}/{chapter}.ipynb, cell {number} ({cell.id})"
                trace = _ANSI.sub("", "\n".join(output.traceback))
                cure = f"Mend solutions/{chapter}.py, or what it calls."
                return f"{place}: {output.ename}: {output.evalue}\n{cure}\n{trace}"
    return f"{chapter} failed without a traceback."


def _problems(chapter: str, notebook: nbformat.NotebookNode) -> Iterator[str]:
    """What a clean run must not show: stderr or a value in a test cell costs marks, a bare picture a reader."""
    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("course", {})
        pictures = sum("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
        place = f"solutions/{chapter}.py, cell {number} of the notebook ({cell.id})"
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                yield f"{place} writes to stderr: {output.text.strip()[:300]}. In a test cell that gives 0 points."
            if "check" in tags and output.output_type == "execute_result":
                yield f"{place} ends in a value, which nbgrader reads as a mark. End it with a call that returns None."
            is_picture = any(kind.startswith("image/") for kind in output.get("data", {}))
            if is_picture and not {"figure", "widget", "gallery"} & set(tags):
                yield f'{place} shows a picture without alt text. Tag it figure="..." alt="..." caption="...".'
        if "gallery" in tags and pictures != 1:
            yield f"{place} shows {pictures} pictures; expected 1, the student's own. Show no other picture in it."


def key_of(paths: Paths, chapter: str) -> str:
    """Hash what a run depends on: the chapter, the helpers with their weights, the photographs, the packages."""
    digest = hashlib.sha256(paths.source(chapter).read_bytes())
    helpers = ROOT / "helpers"
    for path in sorted(path for path in helpers.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(f"{path.relative_to(helpers)}\n".encode() + path.read_bytes())
    for line in [*_data_listing(), *_versions()]:
        digest.update(line.encode())
    return digest.hexdigest()


def _data_listing() -> list[str]:
    """Name the photographs that a run would find; no COURSE_DATA is a source of its own."""
    folder = os.environ.get("COURSE_DATA")
    if not folder:
        return ["no data folder"]
    return [f"{path.name} {path.stat().st_size}\n" for path in sorted((Path(folder) / "photos").glob("*"))]


def _versions() -> list[str]:
    found = [f"python {sys.version}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} missing")
    return found
