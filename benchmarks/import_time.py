"""How long the imports of a notebook take in a fresh process, and how much of it is torch's own.

    python benchmarks/import_time.py

The peer is torch: `helpers` is to add less than 3 seconds to it, and so is the set-up cell of every chapter.
"""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 3  # the best of these counts: the first reads from a cold disk

_TIMED = """
import json, sys, time
seconds = []
for statement in json.load(sys.stdin):
    started = time.perf_counter()
    exec(statement, {})
    seconds.append(time.perf_counter() - started)
print()
print(json.dumps(seconds))
"""


def measure(statements: list[str]) -> list[float]:
    """Run statements one after the other in a fresh process; return the seconds of each, best of REPEATS."""
    command = [sys.executable, "-c", _TIMED]
    runs = []
    for _ in range(REPEATS):
        done = subprocess.run(
            command, input=json.dumps(statements), cwd=ROOT, capture_output=True, text=True, check=True
        )
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return [min(times) for times in zip(*runs, strict=True)]


def imports_of(notebook: Path) -> str:
    """Collect the import lines of a released notebook's set-up cell."""
    cells = nbformat.read(notebook, as_version=4).cells
    setup = next(cell.source for cell in cells if cell.id == "setup")
    return "\n".join(line for line in setup.split("\n") if line.startswith(("import ", "from ")))


def main() -> None:
    """Print the table."""
    table = Table("after `import torch`", title="Import times, best of three fresh processes")
    table.add_column("seconds", justify="right")
    table.add_row("(torch itself)", f"{measure(['import torch'])[0]:.2f}")
    cases = {"import helpers": "import helpers"}
    cases |= {f"set-up cell of {path.stem}": imports_of(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    for name, statements in cases.items():
        table.add_row(name, f"{measure(['import torch', statements])[1]:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
