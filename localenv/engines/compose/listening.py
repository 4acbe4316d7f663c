"""Find the listening sockets of a container: from outside, else with a program in its image."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from localenv.engines.compose import looking
from localenv.engines.compose.daemon import Daemon
from localenv.host import sockets
from localenv.host.sockets import ListeningSocket
from localenv.process import Completed

_PROC = Path("/proc")
_TABLES = [f"/proc/net/{table}" for table in sockets.TABLES]
_DNS = "127.0.0.11"  # Docker's DNS server in every container


class Execute(Protocol):
    """Runs a program in a container; None if it does not end within seconds."""

    def __call__(self, container: str, argv: Sequence[str], *, user: str = "") -> Completed | None:
        """As the user of the image, or as `user`."""


def listeners(daemon: Daemon, identity: str, name: str, execute: Execute) -> list[ListeningSocket] | None:
    """The listening sockets in a service's container; None if unknown, or if its network is shared."""
    container = looking.container_id(daemon, identity, name)
    details = daemon.container(container) if container else None
    if not container or not details or _shares(details["HostConfig"].get("NetworkMode", "")):
        return None
    found = _outside(int(details["State"].get("Pid") or 0), container)
    found = _inside(container, execute) if found is None else found
    return None if found is None else [one for one in found if one.host != _DNS]


def is_of(pid: int, container: str) -> bool:
    """Whether a process of this machine is in a container; False if the pid belongs to a virtual machine."""
    with suppress(OSError):
        return container in (_PROC / str(pid) / "cgroup").read_text()
    return False


def _shares(network: str) -> bool:
    return network == "host" or network.startswith("container:")


def _outside(pid: int, container: str) -> list[ListeningSocket] | None:
    if pid and is_of(pid, container):
        with suppress(OSError):
            return sockets.of_process(pid)
    return None


def _inside(container: str, execute: Execute) -> list[ListeningSocket] | None:
    done = execute(container, ("cat", *_TABLES))
    if done and (done.code == 0 or "local_address" in done.output):  # a kernel without IPv6 has only one table
        return list(sockets.parsed(done.output))
    return None
