"""Ports of this machine: free ones below the ephemeral range, the same for an environment from run to run."""

import socket
from collections.abc import Iterable, Mapping
from hashlib import sha256

from localenv import state
from localenv.errors import LocalenvError
from localenv.stack import Port

LOWEST, HIGHEST = 20_000, 32_000  # Linux hands out ephemeral ports from 32768
_MACHINE = ".ports"  # the name of the lock that all environments share


def reserve(identity: str, wanted: Iterable[Port], kept: Mapping[str, int], running: bool) -> dict[str, int]:
    """A published port for each; what this environment had is kept, unless somebody else took it meanwhile.

    Raises LocalenvError for a pinned port that is busy. `running` says the kept ones are in use by this environment.
    """
    with state.lock(_MACHINE):
        taken = {port for record in state.known() if record.identity != identity for port in record.ports.values()}
        found: dict[str, int] = {}
        for port in wanted:
            had = kept.get(port.name)
            if port.pinned is not None:
                found[port.name] = _pinned(port, running and had == port.pinned)
            elif had is not None and (running or is_free(had)):
                found[port.name] = had
            else:
                found[port.name] = _free(f"{identity}/{port.name}", taken | set(found.values()))
        return found


def free(identity: str, wanted: Iterable[Port]) -> dict[str, int]:
    """A free port for each that has none pinned, without keeping it for anybody."""
    found: dict[str, int] = {}
    for port in wanted:
        found[port.name] = port.pinned or _free(f"{identity}/{port.name}", set(found.values()))
    return found


def is_free(port: int) -> bool:
    """Whether 127.0.0.1 can be listened on there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _pinned(port: Port, ours: bool) -> int:
    assert port.pinned is not None
    if not ours and not is_free(port.pinned):
        raise LocalenvError(
            f"{port.name}: port {port.pinned} of this machine is taken by another program",
            hint=f"end that program, or change `publish:` of {port.name}",
        )
    return port.pinned


def _free(seed: str, taken: set[int]) -> int:
    span = HIGHEST - LOWEST
    start = int.from_bytes(sha256(seed.encode()).digest()[:4]) % span
    for step in range(span):
        port = LOWEST + (start + step) % span
        if port not in taken and is_free(port):
            return port
    raise LocalenvError(f"no port between {LOWEST} and {HIGHEST} is free on this machine")
