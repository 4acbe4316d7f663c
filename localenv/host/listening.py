"""Find the process that uses a port of this machine, as far as visible to this user."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from localenv.host import kernel, sockets
from localenv.host.loopback import HERE

_PROC = Path("/proc")
_DOCKER = ("docker-proxy", "rootlesskit", "com.docker.backend", "vpnkit")  # publish the ports of containers


def holder(port: int, container: Callable[[int], str]) -> str:
    """`python3 (pid 4711)`, or `the container shop-db-1`; empty if unknown.

    `container` names the container that publishes a port; it is called only for a program that publishes them.
    """
    pid = next(_processes(port), None)
    name = _name(pid) if pid else ""
    if pid and not name.startswith(_DOCKER):
        return f"{name} (pid {pid})"
    if named := container(port):
        return f"the container {named}"
    return f"{name} (pid {pid})" if pid else ""


def is_exposed(port: int, host: str = HERE) -> bool:
    """Whether what listens on a port is open at an address that other machines can reach; False if unknown.

    At a `host` other than 127.0.0.1, whoever listens on the same port at another address is another program.
    """
    found = [one for one in sockets.here() if one.port == port]
    if host != HERE and any(one.host == host for one in found):
        return False
    return any(not one.is_loopback for one in found)


def _processes(port: int) -> Iterator[int]:
    wanted = {one.inode for one in sockets.here() if one.port == port}
    if not wanted:
        return
    for pid in kernel.processes():
        if not wanted.isdisjoint(sockets.inodes_of(pid)):
            yield pid


def _name(pid: int) -> str:
    with suppress(OSError):
        return (_PROC / str(pid) / "comm").read_text().strip()
    return "a program"
