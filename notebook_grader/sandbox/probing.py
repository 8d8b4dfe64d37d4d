"""Which walls this machine offers to this user, found by trying each of them in a process of its own."""

import functools
import json
import os
import subprocess
import sys

from notebook_grader.sandbox.levels import Part, Probe, SandboxError
from notebook_grader.sandbox.namespaces import is_root

_LIMIT = 60  # seconds; it takes less than one, also on a busy machine


@functools.lru_cache
def probe() -> Probe:
    """Try every part of the sandbox, and then a room with all that held. Tried once; the answer is kept.

    Raises SandboxError where even the attempt fails.
    """
    found = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    script = [sys.executable, "-m", "notebook_grader.sandbox.trials"]
    try:
        run = subprocess.run(script, env=os.environ | found, capture_output=True, text=True, timeout=_LIMIT)
        said = json.loads(run.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SandboxError(
            f"What this machine offers could not be tried: {error}. "
            f"Run `{sys.executable} -m notebook_grader.sandbox.trials` and mend what it says."
        ) from None
    missing = {Part[name]: reason for name, reason in said.items() if reason}
    return Probe(frozenset(Part) - set(missing), missing, is_root())
