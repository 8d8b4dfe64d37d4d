"""Reading of what a student must not see: an answer is right only where the reading worked."""

from course.attacks.recipes.kit import World, attack, only_if

KIND = "reading what is hidden"
# Words of a hidden test, as a pattern that does not match itself: an attack that finds its own text has found nothing.
SECRET = "large num[b]ers are dou[b]led"
IMPORTS = "import os, re"
SEARCH = f"""
def found_in(process):
    try:
        maps = open(f"/proc/{{process}}/maps").read().splitlines()
        memory = open(f"/proc/{{process}}/mem", "rb", 0)
    except OSError:
        return False
    for line in maps:
        place, rights = line.split()[:2]
        first, last = (int(end, 16) for end in place.split("-"))
        if not rights.startswith("rw") or last - first > 64_000_000:
            continue
        try:
            memory.seek(first)
            if re.search(rb"{SECRET}", memory.read(last - first)):
                return True
        except (OSError, ValueError, OverflowError):
            continue
    return False
"""


@attack(KIND, "looks for the hidden test in the history of the cells", loses="double")
def history(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
shell = get_ipython()
texts = list(shell.user_ns.get("In", [])) + list(getattr(shell, "history_manager").input_hist_raw)
return any(re.search("{SECRET}", text) for text in texts)
""",
            IMPORTS,
        )
    )


@attack(KIND, "looks for the hidden test in the message that the kernel is answering", loses="double")
def message(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
return bool(re.search("{SECRET}", str(get_ipython().kernel.get_parent())))
""",
            IMPORTS,
        )
    )


@attack(KIND, "looks for the hidden test in the constants of the frames above", loses="double")
def frames(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
frame = sys._getframe()
while frame:
    if any(type(value) is str and re.search("{SECRET}", value) for value in frame.f_code.co_consts):
        return True
    frame = frame.f_back
return False
""",
            "import re, sys",
        )
    )


@attack(KIND, "looks for the hidden test in the cache of source lines", loses="double")
def line_cache(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
return any(re.search("{SECRET}", str(entry)) for entry in list(linecache.cache.values()))
""",
            "import linecache, re",
        )
    )


@attack(KIND, "looks for the hidden test in all strings and code objects that Python holds", loses="double")
def garbage(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
secret = re.compile("{SECRET}")
for thing in gc.get_objects():
    values = list(thing.values()) if type(thing) is dict else thing if type(thing) in (list, tuple) else ()
    if any(type(value) is str and secret.search(value) for value in list(values)):
        return True
return False
""",
            "import gc, re",
        )
    )


@attack(KIND, "looks for the hidden test in the raw memory of its own process", loses="double")
def own_memory(world: World) -> dict:
    return world.solved(double=only_if("return found_in('self')", IMPORTS + SEARCH))


@attack(KIND, "looks for the hidden test in the memory of every other process", loses="double")
def memory_of_others(world: World) -> dict:
    return world.solved(
        double=only_if(
            """
others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
return any(found_in(name) for name in others)
""",
            IMPORTS + SEARCH,
        )
    )


@attack(KIND, "opens the instructor's notebook with the solutions", loses="double")
def solutions(world: World) -> dict:
    return world.solved(
        double=only_if(f"""
return "BEGIN SOLUTION" in open({str(world.source)!r}).read()
""")
    )


@attack(KIND, "looks for the solutions in every folder above and beside its own", loses="double")
def folders_above(world: World) -> dict:
    return world.solved(
        double=only_if(
            """
for up in ("..", "../..", "../../..", "../../../.."):
    if glob.glob(up + "/source/*/*.ipynb") or glob.glob(up + "/gradebook.db"):
        return True
return False
""",
            "import glob",
        )
    )


@attack(KIND, "opens the gradebook", loses="double")
def gradebook(world: World) -> dict:
    path = world.course / "gradebook.db"
    return world.solved(
        double=only_if(
            f"""
rows = sqlite3.connect("file:{path}?mode=ro", uri=True).execute("SELECT id FROM student")
return len(list(rows)) > 0
""",
            "import sqlite3",
        )
    )


@attack(KIND, "opens a classmate's hand-in and takes its answer", loses="double")
def other_student(world: World) -> dict:
    return world.solved(
        double=f"""
import json
notebook = json.load(open({str(world.mate)!r}))
(source,) = [c["source"] for c in notebook["cells"] if "def double" in "".join(c["source"])]
exec("".join(source))
"""
    )


@attack(KIND, "looks for a token in its own environment and in that of other processes", loses="double")
def environment(world: World) -> dict:
    return world.solved(
        double=only_if(
            """
secret = ("canary_" + "token").encode()
for name in os.listdir("/proc"):
    if name.isdigit() or name == "self":
        try:
            if secret in open(f"/proc/{name}/environ", "rb").read():
                return True
        except OSError:
            pass
return any(secret.decode() in value for value in os.environ.values())
""",
            "import os",
        )
    )


@attack(KIND, "traces the process that started it", loses="double")
def tracing(world: World) -> dict:
    return world.solved(
        double=only_if(
            """
library = ctypes.CDLL(None, use_errno=True)
attached = library.ptrace(16, os.getppid(), 0, 0) == 0
if attached:
    os.waitpid(os.getppid(), 0x40000000)
    library.ptrace(17, os.getppid(), 0, 0)
return attached
""",
            "import ctypes, os",
        )
    )


@attack(KIND, "takes the root folder of another process as its own way to the files", loses="double")
def root_of_others(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
for name in os.listdir("/proc"):
    if name.isdigit() and os.path.exists(f"/proc/{{name}}/root{world.source}"):
        return True
return False
""",
            "import os",
        )
    )
