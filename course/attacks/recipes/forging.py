"""Forged outputs and results: nothing right is computed, but something says that it was."""

from course.attacks.recipes.kit import EVERYTHING, World, attack, cell_of

KIND = "forging of outputs and results"


@attack(KIND, "nothing is answered; the saved outputs show passed checks", loses=EVERYTHING)
def outputs_saved_as_passed(world: World) -> dict:
    notebook = world.untouched()
    for name in EVERYTHING:
        cell = cell_of(notebook, f"check_{name}")
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"✓ {name}: all is right\n"}]
        cell["execution_count"] = 7
    return notebook


@attack(KIND, "the answer publishes a result that stock nbgrader reads as full marks, then fails", loses="double")
def result_published(world: World) -> dict:
    return world.solved(
        double="""
def double(number):
    kernel = get_ipython().kernel
    content = {"data": {"text/plain": "passed"}, "metadata": {}, "execution_count": 1}
    kernel.session.send(kernel.iopub_socket, "execute_result", content, parent=kernel.get_parent())
    raise ValueError("wrong")
"""
    )


@attack(KIND, "the answer ends in a call of the display hook with two points", loses="double")
def mark_displayed(world: World) -> dict:
    return world.solved(
        double="""
import sys

def double(number):
    sys.displayhook(2)
    print(2)
    raise ValueError("wrong")
"""
    )


@attack(KIND, "the answer sends the kernel's own reply that all went well, then hangs", loses="double")
def reply_forged(world: World) -> dict:
    return world.solved(
        double="""
import time

def double(number):
    kernel = get_ipython().kernel
    parent = kernel.get_parent()
    content = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
    identities = [parent["header"]["session"].encode()]
    streams = [getattr(kernel, "shell_stream", None), *getattr(kernel, "shell_streams", [])]
    for stream in filter(None, streams):
        kernel.session.send(stream, "execute_reply", content, parent=parent, ident=identities)
        stream.flush()
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=parent)
    time.sleep(600)
"""
    )


@attack(KIND, "the answer writes that all is right into every open descriptor", loses="double")
def descriptors_written(world: World) -> dict:
    return world.solved(
        double="""
import json, os, stat, struct

def double(number):
    texts = [json.dumps(m).encode() for m in (
        {"status": "ok", "value": 42}, {"points": 2}, {"marks": [{"name": "check_double", "points": 2}]},
    )]
    for name in os.listdir("/proc/self/fd"):
        for text in texts:
            try:
                kind = os.fstat(int(name)).st_mode
                if int(name) > 2 and (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
                    os.set_blocking(int(name), False)
                    os.write(int(name), struct.pack("<I", len(text)) + text + b"\\n")
                    os.write(int(name), struct.pack(">Q", len(text)) + text)
            except OSError:
                pass
    return 0
"""
    )


@attack(KIND, "the answer closes every open descriptor and goes on", loses="double")
def descriptors_closed(world: World) -> dict:
    return world.solved(
        double="""
import os

def double(number):
    os.closerange(3, 4096)
    return 0
"""
    )


@attack(KIND, "the answer prints a report of its own and ends the process with status 0", loses="double")
def success_printed_and_ended(world: World) -> dict:
    return world.solved(
        double="""
import os, sys

def double(number):
    print("✓ double: all is right", flush=True)
    sys.stdout.flush()
    os._exit(0)
"""
    )


@attack(KIND, "the answer forks, and both copies go on in the test with a wrong value", loses="double")
def answered_twice(world: World) -> dict:
    return world.solved(
        double="""
import os

def double(number):
    os.fork()
    return 0
"""
    )
