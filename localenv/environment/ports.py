"""Allocate ports of this machine below the ephemeral range, stable for an environment between runs."""

import json
import socket
import time
from collections.abc import Container, Iterable, Mapping
from hashlib import sha256
from typing import Any

from localenv import paths, state
from localenv.engines import choosing
from localenv.errors import LocalenvError
from localenv.host import files, listening
from localenv.stack import Port
from localenv.state import locking

LOWEST, HIGHEST = 20_000, 32_000  # Linux assigns ephemeral ports from 32768
_MACHINE = ".ports"  # the lock shared by all environments
_CLAIMED = 60  # seconds for which allocated ports stay reserved until they are recorded


def reserve(identity: str, wanted: Iterable[Port], kept: Mapping[str, int], used: Container[str]) -> dict[str, int]:
    """Allocate a published port for each; ports from the last run are kept, unless another program uses them now.

    Raises LocalenvError for a pinned port that is busy. `used`: the names of those that this environment uses now.
    """
    with locking.lock(_MACHINE):
        wanted, claims = tuple(wanted), _claims(identity)
        pinned = {
            port.name: _pinned(port, port.pinned, port.name in used and kept.get(port.name) == port.pinned)
            for port in wanted
            if port.pinned is not None
        }
        taken = _recorded(identity) | {port for claim in claims.values() for port in claim["ports"]}
        found: dict[str, int] = {}
        for port in wanted:
            others = taken | {*pinned.values(), *found.values()}
            had = kept.get(port.name)
            keeps = had is not None and had not in others and (port.name in used or is_free(had))
            fresh = others | set(kept.values())
            found[port.name] = pinned.get(port.name) or (had if had and keeps else _free(identity, port, fresh))
        _claim({**claims, identity: {"time": time.time(), "ports": sorted(found.values())}})
        return found


def free(identity: str, wanted: Iterable[Port]) -> dict[str, int]:
    """A free port for each one that is not pinned, without reserving it."""
    found: dict[str, int] = {}
    for port in wanted:
        found[port.name] = port.pinned or _free(identity, port, set(found.values()))
    return found


def is_free(port: int) -> bool:
    """Whether a socket can be bound to this port on 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:  # a privileged port: the engine may be able to bind it
            return probe.connect_ex(("127.0.0.1", port)) != 0
        except OSError:
            return False
    return True


def _recorded(identity: str) -> set[int]:
    others = [record for record in state.known() if record.identity != identity]
    here = {port for record in others for one in record.here.values() for port in one.ports.values()}
    return here | {port for record in others for port in record.ports.values()}


def _claims(identity: str) -> dict[str, dict[str, Any]]:
    """Ports that were allocated to other environments recently and may not be recorded yet."""
    found = files.read_json(paths.port_claims())
    recent = {name: claim for name, claim in found.items() if 0 <= time.time() - claim["time"] < _CLAIMED}
    return {name: claim for name, claim in recent.items() if name != identity}


def _claim(claims: Mapping[str, Any]) -> None:
    files.write(paths.port_claims(), json.dumps(claims))


def _pinned(port: Port, number: int, is_own: bool) -> int:
    if not is_own and not is_free(number):
        who = listening.holder(number, choosing.publisher) or "another program"
        raise LocalenvError(
            f"{port.name}: port {number} of this machine is in use by {who}",
            hint=f"stop it, or change `publish:` of {port.name}",
        )
    return number


def _free(identity: str, wanted: Port, taken: set[int]) -> int:
    span = HIGHEST - LOWEST
    start = int.from_bytes(sha256(f"{identity}/{wanted.name}".encode()).digest()[:4]) % span
    for step in range(span):
        port = LOWEST + (start + step) % span
        if port not in taken and is_free(port):
            return port
    raise LocalenvError(f"no free port from {LOWEST} to {HIGHEST} on this machine")
