"""Crash, exit, signal and hang: each costs the test of its own answer, and nothing else."""

from course.attacks.recipes.kit import REAL, World, attack

KIND = "crash, exit, signal, hang"


def ending(about: str, **more):
    """Decorate an attack on the exercise `double`."""
    return attack(KIND, about, loses="double", **more)


def body(world: World, lines: str, before: str = "") -> dict:
    """Return a solved notebook in which `double` has this body."""
    indented = "\n".join(f"    {line}" for line in lines.strip().split("\n"))
    return world.solved(double=f"{before}\ndef double(number):\n{indented}\n")


@ending("ends the process at once, without Python's knowing")
def os_exit(world: World) -> dict:
    return body(world, "os._exit(0)", "import os")


@ending("raises SystemExit")
def sys_exit(world: World) -> dict:
    return body(world, "sys.exit(0)", "import sys")


@ending("raises KeyboardInterrupt, which stock tools take for the instructor's own")
def keyboard_interrupt(world: World) -> dict:
    return body(world, "raise KeyboardInterrupt")


@ending("raises an error that is no Exception")
def base_exception(world: World) -> dict:
    return body(world, "raise Odd('nobody expects this')", "class Odd(BaseException):\n    pass")


@ending("raises an error whose text cannot be made")
def error_without_text(world: World) -> dict:
    return body(world, "raise Mute()", "class Mute(Exception):\n    def __str__(self):\n        raise Mute()\n"
                                       "    __repr__ = __str__")  # fmt: skip


@ending("raises an error whose text never ends coming")
def error_that_hangs(world: World) -> dict:
    return body(world, "raise Slow()", "class Slow(Exception):\n    def __str__(self):\n        while True:\n"
                                       "            pass")  # fmt: skip


@ending("raises an error whose text is no valid Unicode")
def error_in_surrogates(world: World) -> dict:
    return body(world, r"raise ValueError('\ud800 \x00 \x1b[2J')")


@ending("reads memory that is not there")
def segmentation_fault(world: World) -> dict:
    return body(world, "return ctypes.string_at(0)", "import ctypes")


@ending("calls itself until the stack overflows")
def stack_overflow(world: World) -> dict:
    return body(world, "return double(number) + 0", "import sys\nsys.setrecursionlimit(10**9)")


@ending("kills its own process")
def killed_by_itself(world: World) -> dict:
    return body(world, "os.kill(os.getpid(), signal.SIGKILL)", "import os, signal")


@ending("stops its own process, which then neither runs nor ends")
def stopped_by_itself(world: World) -> dict:
    return body(world, "os.kill(os.getpid(), signal.SIGSTOP)", "import os, signal")


@ending("kills the process that started it", alone=True)
def parent_killed(world: World) -> dict:
    return body(world, "os.kill(os.getppid(), signal.SIGKILL)\nreturn 0", "import os, signal")


@ending("kills every process that it may kill", alone=True)
def everybody_killed(world: World) -> dict:
    return body(world, "os.kill(-1, signal.SIGKILL)\nreturn 0", "import os, signal")


@ending("stops every process that it may stop", alone=True)
def everybody_stopped(world: World) -> dict:
    return body(
        world,
        """
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) not in (1, os.getpid()):
        try:
            os.kill(int(name), signal.SIGSTOP)
        except OSError:
            pass
return 0
""",
        "import os, signal",
    )


@ending("loops for ever")
def endless_loop(world: World) -> dict:
    return body(world, "while True:\n    pass")


@ending("loops for ever and swallows every interrupt")
def stubborn_loop(world: World) -> dict:
    return body(
        world,
        """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
    )


@ending("hangs in C, where no interrupt arrives, with all signals blocked")
def hang_in_c(world: World) -> dict:
    return body(
        world,
        """
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
return re.match("(a+)+$", "a" * 60 + "b")
""",
        "import re, signal",
    )


@ending("waits for a lock that nobody opens")
def deadlock(world: World) -> dict:
    return body(world, "lock = threading.Lock()\nlock.acquire()\nlock.acquire()", "import threading")


@ending("cancels the alarms that would stop it, and starts threads that never end")
def alarm_cancelled(world: World) -> dict:
    return body(
        world,
        """
signal.alarm(0)
signal.setitimer(signal.ITIMER_REAL, 0)
signal.setitimer(signal.ITIMER_PROF, 0)
for _ in range(3):
    threading.Thread(target=time.sleep, args=(600,)).start()
time.sleep(600)
""",
        "import signal, threading, time",
    )


@attack(KIND, "a cell of the student's own ends the process; the answers are right")
def own_cell_ends_the_process(world: World) -> dict:
    return world.with_cell("import os\nos._exit(1)", before="scale")


@attack(KIND, "a cell of the student's own loops for ever; the answers are right")
def own_cell_loops(world: World) -> dict:
    return world.with_cell("while True:\n    pass", before="scale")


@attack(KIND, "the process ends in the last exercise of the chapter on the forward process", loses="small_steps",
        chapter=REAL)  # fmt: skip
def crash_in_a_chapter(world: World) -> dict:
    return world.solved(small_steps="import os\n\ndef small_steps(im, t):\n    os._exit(1)")
