"""What hostile code tries; each function succeeds where nothing stops it, and raises where something does.

They are called in a forked process, inside the sandbox or, to show that they would work, outside. The argument holds
facts of the world outside: `secret` a file, `folder` a folder beside it, ports, names of sockets, process ids.
"""

import ctypes
import errno
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {  # of calls that have no function in the C library: x86-64, others
    "process_vm_readv": (310, 270), "pidfd_getfd": (438, 438), "bpf": (321, 280), "perf_event_open": (298, 241),
    "keyctl": (250, 219), "add_key": (248, 217), "io_uring_setup": (425, 425), "userfaultfd": (323, 282),
    "memfd_secret": (447, 447), "open_by_handle_at": (304, 265), "kcmp": (312, 272),
}  # fmt: skip
NUMBER_OF_CLONE = 56 if os.uname().machine == "x86_64" else 220


def call(name: str, *arguments) -> int:
    """Call the kernel; raise OSError as it says."""
    ctypes.set_errno(0)
    if name in NUMBERS:
        number = NUMBERS[name][os.uname().machine != "x86_64"]
        result = LIBC.syscall(ctypes.c_long(number), *arguments)
    else:
        result = getattr(LIBC, name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def names(folder) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def try_all(facts) -> list[tuple[str, str]]:
    """Try what `names` says; return what came of each."""
    return [(name, outcome(globals()[name], facts)) for name in facts["names"]]


def outcome(attempt, facts) -> str:
    try:
        attempt(facts)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"


# Network


def connect_by_tcp(facts):
    socket.create_connection(("127.0.0.1", facts["tcp"]), timeout=5).close()


def send_by_udp(facts):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", facts["udp"]))


def listen(facts):
    socket.create_server(("127.0.0.1", 0)).close()


def connect_to_an_abstract_socket(facts):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(facts["abstract"])


def connect_to_a_socket_file(facts):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(facts["socket_file"])


def redirect_a_pair(facts):
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.connect(facts["datagrams"])


def talk_to_the_kernel_by_netlink(facts):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()


# Reading


def read_a_secret(facts):
    Path(facts["secret"]).read_text()


def read_a_solution(facts):
    Path(facts["solution"]).read_text()


def read_a_test(facts):
    Path(__file__).read_text()


def list_the_folder_of_a_secret(facts):
    names(Path(facts["secret"]).parent)


def list_the_course(facts):
    if "solutions" not in names(facts["root"]):
        raise FileNotFoundError("only what may be read is there")


def read_the_users_of_the_machine(facts):
    Path("/etc/passwd").read_text()


def read_a_secret_by_a_link(facts):
    Path("link").symlink_to(facts["secret"])
    Path("link").read_text()


def read_a_secret_by_a_hard_link(facts):
    os.link(facts["secret"], "hard_link")
    Path("hard_link").read_text()


def read_a_secret_by_proc(facts):
    Path(f"/proc/self/root{facts['secret']}").read_text()


def read_a_secret_in_another_program(facts):
    run = subprocess.run([sys.executable, "-c", f"open({facts['secret']!r}).read()"], stderr=subprocess.DEVNULL)
    if run.returncode:
        raise PermissionError(run.returncode)


def read_about_another_process(facts):
    Path(f"/proc/{facts['pid']}/status").read_text()


def read_the_memory_of_another_process(facts):
    os.close(os.open(f"/proc/{facts['pid']}/mem", os.O_RDONLY))


# Writing


def write_beside_a_secret(facts):
    Path(facts["folder"], "file").write_text("")


def overwrite_a_secret(facts):
    with Path(facts["secret"]).open("a"):
        pass


def change_the_rights_of_a_secret(facts):
    Path(facts["secret"]).chmod(0o666)


def change_the_time_of_a_secret(facts):
    os.utime(facts["secret"])


def delete_a_secret(facts):
    Path(facts["doomed"]).unlink()


def write_to_the_helpers(facts):
    path = Path(facts["root"], "helpers", "written_by_a_test.py")
    path.write_text("")
    path.unlink()


def write_to_shared_memory(facts):
    with tempfile.TemporaryFile(dir="/dev/shm"):
        pass


def write_to_the_common_folder(facts):
    with tempfile.TemporaryFile(dir="/tmp"):
        pass


# Other processes and the machine


def signal_the_warm_process(facts):
    os.kill(facts["pid"], 0)


def signal_the_parent(facts):
    if os.getppid() == 0:
        raise PermissionError("there is none to be seen")
    os.kill(os.getppid(), 0)


def trace_the_warm_process(facts):
    call("ptrace", 0x4206, facts["pid"], 0, 0)  # PTRACE_SEIZE


def read_by_process_vm(facts):
    place = ctypes.create_string_buffer(8)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(place), 8)
    there = (ctypes.c_size_t * 2)(facts["address"], 8)
    call("process_vm_readv", facts["pid"], here, ctypes.c_ulong(1), there, ctypes.c_ulong(1), ctypes.c_ulong(0))


def take_a_descriptor_of_the_warm_process(facts):
    os.close(call("pidfd_getfd", os.pidfd_open(facts["pid"]), 0, 0))


def limit_the_warm_process(facts):
    resource.prlimit(facts["pid"], resource.RLIMIT_CORE, resource.prlimit(facts["pid"], resource.RLIMIT_CORE))


def move_the_warm_process(facts):
    os.sched_setaffinity(facts["pid"], os.sched_getaffinity(facts["pid"]))


def slow_down_the_warm_process(facts):
    os.setpriority(os.PRIO_PROCESS, facts["pid"], os.getpriority(os.PRIO_PROCESS, facts["pid"]))


def look_through_the_first_process(facts):
    """In a PID namespace this is not the machine's, but it must not be a way out either."""
    names("/proc/1/root/")
    Path("/proc/1/environ").read_bytes()


def give_the_warm_process_a_child(facts):
    child = call("syscall", ctypes.c_long(NUMBER_OF_CLONE), ctypes.c_ulong(0x8000), 0, 0, 0, 0)
    if child == 0:
        os._exit(0)


def truncate_a_secret(facts):
    os.truncate(facts["doomed"], 0)


def make_namespaces(facts):
    call("unshare", 0x10000000)  # CLONE_NEWUSER


def mount_something(facts):
    call("mount", b"none", facts["folder"].encode(), b"tmpfs", ctypes.c_ulong(0), None)


def become_root(facts):
    os.setuid(0)


def gain_rights_by_a_program(facts):
    if call("prctl", 39, 0, 0, 0, 0):  # PR_GET_NO_NEW_PRIVS
        raise PermissionError("setuid has no effect")


def hold_capabilities(facts):
    sets = (ctypes.c_uint32 * 6)()
    call("capget", (ctypes.c_uint32 * 2)(0x20080522, 0), sets)
    if not any(sets):
        raise PermissionError("none")


def use_keys(facts):
    call("keyctl", 0, -3, 1)  # the id of the session's keyring


def use_bpf(facts):
    attributes = (ctypes.c_uint32 * 32)(2, 4, 4, 1)  # an array of one number
    os.close(call("bpf", 0, attributes, ctypes.sizeof(attributes)))


def use_performance_events(facts):
    attributes = (ctypes.c_uint32 * 32)(1, 128)  # a clock in software
    os.close(call("perf_event_open", attributes, 0, -1, -1, 0))


def use_io_uring(facts):
    os.close(call("io_uring_setup", 4, (ctypes.c_uint32 * 30)()))


def use_userfaultfd(facts):
    os.close(call("userfaultfd", 1))


def take_memory_that_no_limit_counts(facts):
    os.close(os.memfd_create("memory"))


def take_shared_memory_that_stays(facts):
    call("shmctl", call("shmget", 0, ctypes.c_size_t(4096), 0o1600), 0, None)


# What must go on working


def write_in_the_own_folder(facts):
    Path("file").write_text("text")
    Path("folder").mkdir()
    Path("file").rename(Path("folder", "file"))
    assert Path(os.environ["HOME"], "folder", "file").read_text() == "text"
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == Path.cwd()


def read_a_helper_and_python(facts):
    import wave  # of the standard library, and not imported by anything here

    assert Path(wave.__file__).read_text() and list(Path(facts["root"], "helpers").glob("*.py"))


def run_programs(facts):
    assert subprocess.run(["ls", "/usr/bin"], capture_output=True, text=True, check=True).stdout
    code = "import importlib.util as i, threading as t; assert i.find_spec('helpers'); t.Thread(target=print).start()"
    subprocess.run([sys.executable, "-c", code], check=True)


def use_devices(facts):
    Path(os.devnull).write_text("x")
    with Path("/dev/urandom").open("rb") as random:
        assert len(random.read(3) + os.urandom(3)) == 6


def use_an_event_loop(facts):
    import asyncio

    asyncio.run(asyncio.sleep(0))


# Limits


def take_20_gb(facts):
    bytearray(20 << 30)


def take_20_gb_shared(facts):
    import mmap

    mmap.mmap(-1, 20 << 30)


def write_a_large_file(facts):
    with Path("large").open("wb") as file:
        for _ in range(8):
            file.write(bytes(1 << 20))


def write_many_files(facts):
    for number in range(8):
        Path(str(number)).write_bytes(bytes(900_000))


def open_many_files(facts):
    kept = [os.open(os.devnull, os.O_RDONLY) for _ in range(200)]
    assert len(kept) == 200


def raise_a_limit(facts):
    resource.setrlimit(resource.RLIMIT_NOFILE, (5000, 5000))


def fork_many(facts):
    for _ in range(100):
        if os.fork() == 0:
            while True:
                signal.pause()


def use_processor_time(facts):
    while True:
        pass


def leave_the_session(facts):
    """Leave a daemon: only the end of its namespace, or a ban on leaving the session, can end it."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                signal.pause()
        os._exit(0)


def leave_a_child(facts):
    if os.fork() == 0:
        while True:
            signal.pause()


def be_stubborn(facts):
    for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def heed_an_interrupt(facts):
    try:
        facts["ready"]()
        while True:
            pass
    except KeyboardInterrupt:
        return "interrupted"


def end_at_once(facts):
    os._exit(7)


def abort(facts):
    os.abort()


def kill_itself(facts):
    os.kill(os.getpid(), signal.SIGKILL)


def crash(facts):
    ctypes.string_at(0)


def list_descriptors(facts):
    found = []
    for number in range(200):
        try:
            os.fstat(number)
            found.append(number)
        except OSError as error:
            assert error.errno == errno.EBADF
    return found


def tell_the_environment(facts):
    return [dict(os.environ), Path("/proc/self/environ").read_bytes().decode()]


def tell_who_ends_first(facts):
    return int(Path("/proc/self/oom_score_adj").read_text())


def use_pytorch(facts):
    import matplotlib
    import torch
    from PIL import Image
    from safetensors.torch import load_file

    matplotlib.use("agg")
    from matplotlib import pyplot

    weights = next(Path(facts["root"], "helpers", "weights").rglob("*.safetensors"))
    assert load_file(weights)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(288, 1)
    )
    optimizer = torch.optim.Adam(network.parameters())
    for _ in range(3):
        network(torch.randn(4, 3, 8, 8)).mean().backward()
        optimizer.step()
    torch.save(network.state_dict(), "network.pt")
    torch.load("network.pt")
    figure, axes = pyplot.subplots()
    axes.imshow(torch.rand(8, 8))
    axes.set_title("title")
    figure.savefig("figure.png")
    Image.open("figure.png").resize((32, 32)).save("small.png")
    import helpers.clip  # not imported before  # noqa: F401


def tell_the_numbers(facts):
    return [os.getpid(), os.getuid(), names("/proc")]


def list_the_own_folder(facts):
    return names(".")
