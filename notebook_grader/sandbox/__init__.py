"""What stands between a student's code and the machine that grades it.

A warm process W has imported everything. It keeps one small helper, the keeper, and takes a room of it for each
submission; W's fork enters the room and runs the student's code there:

    parts = probe()                        # what this machine offers, and the level that follows from it
    keeper = Keeper(parts)                 # in W, once; W must have one thread
    room = keeper.room(place, Limits())    # namespaces around an empty folder; may be asked for ahead of time
    pid = room.fork()                      # as os.fork
    if pid == 0:
        room.enter(keep=[socket.fileno()]) # raises SandboxError; afterwards the code is a stranger here
        ...
    room.interrupt()                       # SIGINT: stop the cell
    status = room.end()                    # SIGKILL to all that lives in the room; the status as os.waitpid gives it

levels    what can hold, the limits, and the level that is reached
probing   tries it all; trials is the clean process in which that happens
rooms     Keeper and Room, in the warm process
keeper    the small process that makes namespaces; view: the file tree inside
entering  what the forked child does before the first line of a student's code
walls     rights, limits and Landlock; syscalls: the list for seccomp
reach     which files can be read; system: the calls to the kernel that Python lacks
"""

from notebook_grader.sandbox.levels import Level, Limits, Part, Probe, SandboxError
from notebook_grader.sandbox.probing import probe
from notebook_grader.sandbox.reach import check_hidden
from notebook_grader.sandbox.rooms import Keeper, Room

__all__ = ["Keeper", "Level", "Limits", "Part", "Probe", "Room", "SandboxError", "check_hidden", "probe"]
