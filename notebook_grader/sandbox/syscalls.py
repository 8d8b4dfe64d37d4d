"""The system calls that a student's code may make: what Python, PyTorch and programs like `ls` need.

A list of what is allowed, not of what is forbidden: a call that a later kernel brings stays shut. What is left out on
purpose: sockets but for connected pairs, ptrace and the memory of others, namespaces and mounts, keys, bpf, perf,
io_uring, userfaultfd, handles of files, memory that no limit counts (memfd, System V), and all that administers.
"""

import errno
import functools
import itertools
import os

from notebook_grader.sandbox import system

_FILES = """
    access chdir close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate
    fchdir fcntl fdatasync fgetxattr flistxattr flock fstat fstatfs fsync ftruncate getcwd getdents getdents64
    getxattr lgetxattr link linkat listxattr llistxattr lseek lstat mkdir mkdirat mknod mknodat newfstatat open
    openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv rename
    renameat renameat2 rmdir sendfile stat statfs statx symlink symlinkat sync_file_range umask unlink unlinkat
    write writev
"""
_WAITING = """
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 pipe pipe2 poll ppoll
    pselect6 select signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime
"""
_MEMORY = """
    brk get_mempolicy madvise mbind membarrier mincore mlock mlock2 mlockall mmap mprotect mremap msync munlock
    munlockall munmap pkey_alloc pkey_free pkey_mprotect
"""
_PROCESSES = """
    alarm arch_prctl capget clock_nanosleep execve execveat exit exit_group fork futex futex_waitv get_robust_list
    get_thread_area getcpu getegid geteuid getgid getgroups getitimer getpgid getpgrp getpid getppid getpriority
    getresgid getresuid getrlimit getrusage getsid gettid getuid ioprio_get nanosleep pause pidfd_open
    restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_yield set_robust_list set_thread_area set_tid_address setitimer setrlimit sigaltstack timer_create
    timer_delete timer_getoverrun timer_gettime timer_settime vfork wait4 waitid
"""
_SYSTEM = """
    clock_getres clock_gettime getrandom gettimeofday sysinfo time times uname
"""
_CONNECTED = """
    getpeername getsockname getsockopt recvfrom recvmmsg recvmsg sendmmsg sendmsg setsockopt shutdown
"""
_OWN = """
    kill prlimit64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler tgkill
"""
_OTHERS = """
    pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo setpgid setpriority setsid tkill
"""
_ATTRIBUTES = """
    chmod chown fchmod fchmodat fchmodat2 fchown fchownat futimesat lchown truncate utime utimensat utimes
"""
_NO_CLONE = (
    system.CLONE_NEWNS | system.CLONE_NEWUTS | system.CLONE_NEWIPC | system.CLONE_NEWUSER | system.CLONE_NEWPID
    | system.CLONE_NEWNET | 0x02000000 | 0x00000080  # the namespaces; the last two are of cgroups and of time
    | 0x00008000  # a child of its parent's, which would be one of the warm process's
)  # fmt: skip
_IOCTLS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # is it a terminal, its size, what waits, blocking
_PRCTLS = (3, 15, 16, 30, 38, 39, 0x53564D41)  # names of threads and mappings, timer slack, what holds already
_UNIX, _STREAM, _KIND = 1, 1, 0xF  # of connected sockets only streams: others can be sent to a new address
# With these a program asks whether a newer call exists, and takes the older one.
_ABSENT = "clone3 io_uring_setup memfd_create memfd_secret landlock_create_ruleset"


@functools.lru_cache
def prepared(has_pid_namespace: bool, has_view: bool, own_pid: int = 0):
    """Return the filter, ready to be loaded; it is made once, in the warm process.

    has_pid_namespace  else signals and limits reach own_pid alone, and nobody leaves the session: it is killed whole
    has_view           else rights, owners and times of files stay as they are: Landlock does not guard them

    Raises RuntimeError where libseccomp is missing.
    """
    import pyseccomp as seccomp

    made = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    made.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
    lists = [_FILES, _WAITING, _MEMORY, _PROCESSES, _SYSTEM, _CONNECTED]
    lists += [_ATTRIBUTES] if has_view else []
    lists += [_OWN, _OTHERS] if has_pid_namespace else []
    for name in " ".join(lists).split():
        _rule(seccomp, made, seccomp.ALLOW, name)
    if not has_pid_namespace:
        for name, number in itertools.product(_OWN.split(), (0, own_pid)):
            _rule(seccomp, made, seccomp.ALLOW, name, seccomp.Arg(0, seccomp.EQ, number))
    _allow_some(seccomp, made)
    for name in _ABSENT.split():
        _rule(seccomp, made, seccomp.ERRNO(errno.ENOSYS), name)
    return made


def load(has_pid_namespace: bool, has_view: bool) -> None:
    """Shut all other system calls, for this process and all that come from it, for ever."""
    prepared(has_pid_namespace, has_view, 0 if has_pid_namespace else os.getpid()).load()


def _allow_some(seccomp, made) -> None:
    """Allow the calls whose arguments decide."""
    arg, equal, masked = seccomp.Arg, seccomp.EQ, seccomp.MASKED_EQ
    _rule(seccomp, made, seccomp.ALLOW, "clone", arg(0, masked, _NO_CLONE, 0))
    _rule(seccomp, made, seccomp.ALLOW, "socketpair", arg(0, equal, _UNIX), arg(1, masked, _KIND, _STREAM))
    _rule(seccomp, made, seccomp.ALLOW, "sendto", arg(4, equal, 0))  # without an address
    for number in _PRCTLS:
        _rule(seccomp, made, seccomp.ALLOW, "prctl", arg(0, equal, number))
    for number in _IOCTLS:
        _rule(seccomp, made, seccomp.ALLOW, "ioctl", arg(1, masked, 0xFFFFFFFF, number))


def _rule(seccomp, made, action: int, name: str, *conditions) -> None:
    number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
    if number >= 0:  # else this libseccomp, or this kind of processor, has no such call: it stays shut
        made.add_rule(action, number, *conditions)
