"""The network: a canary listens on this machine, and writes down who came."""

from course.attacks.recipes.kit import World, attack, only_if

KIND = "network"


@attack(KIND, "connects to a port of this machine", loses="double")
def tcp(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
with socket.create_connection(("127.0.0.1", {world.port}), timeout=2) as line:
    line.sendall(b"{world.name}")
return True
""",
            "import socket",
        )
    )


@attack(KIND, "sends a datagram")
def udp(world: World) -> dict:
    return world.with_cell(f"""
import socket
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.sendto(b"{world.name}", ("127.0.0.1", {world.port}))
""")


@attack(KIND, "connects to an abstract Unix socket, which no folder's rights protect", loses="double")
def abstract_socket(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
line = socket.socket(socket.AF_UNIX)
line.settimeout(2)
line.connect("\\0canary-{world.port}")
line.sendall(b"{world.name}")
return True
""",
            "import socket",
        )
    )


@attack(KIND, "lets a child process fetch an address by the shell", loses="double")
def by_the_shell(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
sent = subprocess.run(["bash", "-c", "echo -n {world.name} > /dev/tcp/127.0.0.1/{world.port}"], capture_output=True)
return sent.returncode == 0
""",
            "import subprocess",
        )
    )


@attack(KIND, "connects to a Unix socket in a folder of the instructor's", loses="double")
def socket_in_a_folder(world: World) -> dict:
    return world.solved(
        double=only_if(
            f"""
line = socket.socket(socket.AF_UNIX)
line.settimeout(2)
line.connect({str(world.canary / "socket")!r})
line.sendall(b"{world.name}")
return True
""",
            "import socket",
        )
    )
