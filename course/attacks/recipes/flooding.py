"""Floods of output, memory, disk, files, threads and processes. Each has an end of its own, far above any limit."""

from course.attacks.recipes.kit import World, attack, only_if

KIND = "output, memory, disk, process floods"


@attack(KIND, "prints 100 MB in a cell of its own; the answers are right")
def printed(world: World) -> dict:
    return world.with_cell("line = 'flood ' * 20_000\nfor _ in range(830):\n    print(line)")


@attack(KIND, "writes 50 MB to the file descriptors below Python; the answers are right")
def printed_below_python(world: World) -> dict:
    return world.with_cell("import os\nfor _ in range(50):\n    os.write(1, b'x' * 1_000_000)")


@attack(KIND, "prints a million short lines within the answer, which is right")
def printed_in_an_answer(world: World) -> dict:
    return world.solved(
        double="""
def double(number):
    for n in range(300_000):
        print(n)
    return number + number
"""
    )


@attack(KIND, "shows two thousand pictures of 100 KB")
def pictures(world: World) -> dict:
    return world.with_cell("""
import base64, os
from IPython.display import publish_display_data
data = base64.b64encode(os.urandom(75_000)).decode()
for _ in range(2000):
    publish_display_data({"image/png": data, "text/plain": "a picture"})
""")


@attack(KIND, "fails with a message of 100 MB", loses="double")
def long_message(world: World) -> dict:
    return world.solved(double="def double(number):\n    raise ValueError('long ' * 20_000_000)")


@attack(KIND, "takes 4 GB of memory in an answer", loses="double")
def memory(world: World) -> dict:
    return world.solved(
        double=only_if("""
blocks = []
for _ in range(64):
    blocks.append(bytearray(64_000_000))
    blocks[-1][::4096] = b"x" * len(blocks[-1][::4096])
return True
""")
    )


@attack(KIND, "maps 4 GB of shared memory, which limits on a process's own data do not count", loses="double")
def shared_memory(world: World) -> dict:
    return world.solved(
        double=only_if(
            """
blocks = []
for _ in range(64):
    blocks.append(mmap.mmap(-1, 64_000_000))
    blocks[-1].write(b"x" * 64_000_000)
return True
""",
            "import mmap",
        )
    )


@attack(KIND, "writes 2 GB to the disk", loses="double")
def disk(world: World) -> dict:
    return world.solved(
        double=only_if(
            """
written = []
try:
    for number in range(32):
        for folder in (".", "/tmp", "/var/tmp", "/dev/shm"):
            try:
                with open(f"{folder}/flood-{os.getpid()}-{number}", "wb") as file:
                    written.append(file.name)
                    file.write(bytes(64_000_000))
                break
            except OSError:
                continue
        else:
            return False
    return True
finally:
    for path in written:
        os.remove(path)
""",
            "import os",
        )
    )


@attack(KIND, "starts 600 processes", loses="double")
def processes(world: World) -> dict:
    return world.solved(
        double=only_if(
            """
children = []
try:
    for _ in range(600):
        child = os.fork()
        if child == 0:
            time.sleep(30)
            os._exit(0)
        children.append(child)
    return True
finally:
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
""",
            "import os, signal, time",
        )
    )


@attack(KIND, "starts 4000 threads", loses="double")
def threads(world: World) -> dict:
    return world.solved(
        double=only_if(
            """
for _ in range(4000):
    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
return True
""",
            "import threading, time",
        )
    )


@attack(KIND, "opens files until no more can be opened, and returns nothing", loses="double")
def open_files(world: World) -> dict:
    return world.solved(
        double="""
def double(number):
    files = []
    while len(files) < 100_000:
        files.append(open("/dev/null"))
"""
    )


@attack(KIND, "makes 50,000 files", loses="double")
def many_files(world: World) -> dict:
    return world.solved(
        double=only_if("""
for number in range(50_000):
    open(f"flood-{number}", "w").close()
return True
""")
    )


@attack(KIND, "returns a tensor of a million million numbers that takes four bytes", loses=("scale", "total"))
def tensor_without_memory(world: World) -> dict:
    huge = "def {0}(*args):\n    return torch.zeros(1).expand(10**12)"
    return world.solved(scale=huge.format("scale"), total=huge.format("total"))


@attack(KIND, "returns a list that holds itself", loses=("double", "scale", "total"))
def endless_list(world: World) -> dict:
    return world.solved(**{
        name: f"def {name}(*args):\n    endless = []\n    endless.append(endless)\n    return endless"
        for name in ("double", "scale", "total")
    })  # fmt: skip


@attack(KIND, "returns a number of a hundred million digits", loses="double")
def long_number(world: World) -> dict:
    return world.solved(double="def double(number):\n    return 1 << 300_000_000")
