"""Allocate a small subnet for each environment's network: Docker's default pools allow only about 30 networks."""

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.engines.compose import ownership
from localenv.engines.compose.daemon import Daemon
from localenv.errors import NotReadyError
from localenv.host import files
from localenv.paths import compose_files
from localenv.state import locking

_MACHINE = ".subnets"  # the lock shared by all environments
_ROUTES = Path("/proc/net/route")
_SMALLEST = 32  # addresses
_NOT_FOR_CONTAINERS = 3  # network address, gateway, broadcast
_A_JOB = 1

# private, and outside of Docker's default pools; a later range is used if this machine routes all earlier ones
RANGES = tuple(map(IPv4Network, ("10.213.0.0/16", "172.16.0.0/16", "192.168.240.0/20")))


class Taken(NotReadyError):  # noqa: N818 - named after the problem
    """Docker reports that a subnet overlaps with another network, or that its default pools are exhausted."""


def choose(daemon: Daemon, identity: str, services: int, folder: Path, refused: Collection[str]) -> str:
    """Write the file with the subnet of the environment's network, and return the subnet; empty for Docker's default.

    An existing network keeps its subnet, and an earlier choice is kept, unless Docker `refused` it.
    """
    recorded = _record(identity)
    if compose_files.network(folder).exists() and _fits(recorded, services, refused):
        return recorded
    with locking.lock(_MACHINE):
        networks = daemon.networks({})
        chosen = _kept(networks, identity, services, refused)
        if not chosen:
            taken = [*_of_networks(networks, identity), *_recorded(identity), *_parsed(refused), *routes()]
            found = free(identity, _size(services), taken)
            chosen = str(found) if found else ""
        files.write(paths.network(identity), json.dumps({"subnet": chosen}))
    files.write(compose_files.network(folder), _override(chosen))
    return chosen


def free(identity: str, size: int, taken: Iterable[IPv4Network]) -> IPv4Network | None:
    """A subnet of `size` addresses that does not overlap `taken`; the identity determines where the search starts."""
    spans = [(int(one.network_address), int(one.broadcast_address)) for one in taken]
    for whole in RANGES:
        first, count = int(whole.network_address), whole.num_addresses // size
        start = int.from_bytes(sha256(identity.encode()).digest()[:4]) % max(count, 1)
        for step in range(count):
            low = first + (start + step) % count * size
            if all(end < low or begin >= low + size for begin, end in spans):
                return IPv4Network((low, 33 - size.bit_length()))
    return None


def routes(file: Path = _ROUTES) -> Iterator[IPv4Network]:
    """The destinations of this machine's routes, except the default route; empty if the kernel has no such file."""
    try:
        lines = file.read_text().splitlines()[1:]
    except OSError:
        return
    for line in lines:
        _, destination, _, _, _, _, _, mask, *_ = line.split()
        bits = int(mask, 16).bit_count()
        if bits:
            address = int.from_bytes(int(destination, 16).to_bytes(4, "little"))
            yield IPv4Network((address, bits), strict=False)


def _size(services: int) -> int:
    """Number of addresses, a power of two: with room for as many services again, so that adding one needs no change."""
    return max(_SMALLEST, 1 << (2 * services + _A_JOB + _NOT_FOR_CONTAINERS - 1).bit_length())


def _kept(networks: Iterable[Any], identity: str, services: int, refused: Collection[str]) -> str:
    mine = [one for one in networks if one["Name"] == ownership.network(identity)]
    standing = [subnet for one in mine for subnet in _subnets(one)]
    return next((one for one in (*standing, _record(identity)) if _fits(one, services, refused)), "")


def _fits(subnet: str, services: int, refused: Collection[str]) -> bool:
    wanted = services + _A_JOB + _NOT_FOR_CONTAINERS
    return bool(subnet) and subnet not in refused and ip_network(subnet).num_addresses >= wanted


def _record(identity: str) -> str:
    return str(files.read_json(paths.network(identity)).get("subnet", ""))


def _of_networks(networks: Iterable[Any], identity: str) -> Iterator[IPv4Network]:
    others = (one for one in networks if one["Name"] != ownership.network(identity))
    yield from _parsed(subnet for one in others for subnet in _subnets(one))


def _subnets(network: Any) -> list[str]:
    configured = (network.get("IPAM") or {}).get("Config") or ()
    return [one["Subnet"] for one in configured if ":" not in one.get("Subnet", ":")]


def _recorded(identity: str) -> Iterator[IPv4Network]:
    """The choices of other environments, perhaps very recent."""
    for name in paths.states():
        if name != identity:
            yield from _parsed([_record(name)])


def _parsed(subnets: Iterable[str]) -> Iterator[IPv4Network]:
    for subnet in subnets:
        with suppress(ValueError):
            yield IPv4Network(subnet, strict=False)


def _override(subnet: str) -> str:
    if not subnet:
        return "networks: {}\n"
    return f"networks:\n  default:\n    ipam:\n      config:\n        - subnet: {subnet}\n"
