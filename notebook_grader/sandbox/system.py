"""Calls to the kernel that Python 3.10 and 3.11 lack. Each raises OSError as Python's own do."""

import ctypes
import errno
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_MNT_DETACH = 2

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SYS_MOUNT_SETATTR = 442  # one number on all machines, as for all calls that came after 2019
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522

_LIBC = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments) -> int:
    if not hasattr(_LIBC, name):
        raise OSError(errno.ENOSYS, f"{name}: this system has no such call")
    ctypes.set_errno(0)
    result = getattr(_LIBC, name)(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        ctypes.set_errno(0)  # the landlock library reads what an earlier call has left there
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave namespaces for new ones; for processes this holds from the next fork on."""
    _call("unshare", flags)


def setns(descriptor: int, flags: int) -> None:
    """Join the namespaces of the process behind a pidfd; for processes this holds from the next fork on."""
    _call("setns", descriptor, flags)


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount a file system, bind a path, or change how a mount spreads."""
    text = [None if word is None else word.encode() for word in (source, target, kind)]
    _call("mount", *text, ctypes.c_ulong(flags), options.encode() or None)


def make_read_only(target: str) -> None:
    """Make a mount and all below it read-only, setuid bits without effect."""
    attributes = (ctypes.c_uint64 * 4)(_ATTR_RDONLY | _ATTR_NOSUID)  # set, clear, propagation, user namespace
    numbers = ctypes.c_long(_SYS_MOUNT_SETATTR), ctypes.c_int(_AT_FDCWD)
    flags, size = ctypes.c_uint(_AT_RECURSIVE), ctypes.c_size_t(ctypes.sizeof(attributes))
    _call("syscall", *numbers, target.encode(), flags, ctypes.byref(attributes), size)


def make_root(target: str) -> None:
    """Make a mounted folder the root of the file tree; nothing of the old one stays."""
    os.chdir(target)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def die_with_parent(number: int) -> None:
    """Let the kernel send a signal when the parent ends. A change of identity takes it back."""
    _call("prctl", _PR_SET_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0)


def make_dumpable() -> None:
    """Give the files of /proc/self back to the process: a change of identity takes them."""
    _call("prctl", _PR_SET_DUMPABLE, ctypes.c_ulong(1), 0, 0, 0)


def forbid_new_privileges() -> None:
    """Take the effect from setuid programs, for ever."""
    _call("prctl", _PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every capability."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def forget_environment(words: list[str]) -> None:
    """Overwrite the part of the memory in which the process was given its environment: /proc/self/environ.

    words  of /proc/self/stat behind the name of the program
    """
    start, end = int(words[47]), int(words[48])
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)
