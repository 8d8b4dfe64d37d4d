"""Processes and threads that stay when the notebook is done; the answers are right."""

from course.attacks.recipes.kit import World, attack

KIND = "processes left behind"


@attack(KIND, "starts a process that sleeps for an hour")
def child(world: World) -> dict:
    return world.with_cell(f"import subprocess\nsubprocess.Popen(['{world.name}', '3600'], executable='/bin/sleep')")


@attack(KIND, "starts a process in a session of its own, twice removed")
def daemon(world: World) -> dict:
    return world.with_cell(f"""
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sleep", ["{world.name}", "3600"])
    os._exit(0)
""")


@attack(KIND, "starts a process within a test")
def child_of_a_test(world: World) -> dict:
    return world.solved(
        total=f"""
import subprocess

def total(images):
    subprocess.Popen(["{world.name}", "3600"], executable="/bin/sleep", start_new_session=True)
    return images.sum()
"""
    )


@attack(KIND, "leaves a thread that never ends and an exit handler that hangs")
def thread_and_exit_handler(world: World) -> dict:
    return world.with_cell("""
import atexit, threading, time
threading.Thread(target=time.sleep, args=(3600,)).start()
atexit.register(time.sleep, 3600)
""")


@attack(KIND, "starts a process that writes to the instructor's folder when the grading is over")
def late_writer(world: World) -> dict:
    return world.with_cell(f"""
import subprocess
subprocess.Popen(["bash", "-c", "sleep 3; echo late > {world.trace}"], start_new_session=True)
""")
