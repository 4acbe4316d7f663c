"""Values hidden in a rendered file: those of variables whose names look secret, and passwords in URLs."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256

from localenv.redaction.stack import is_hidden
from localenv.resolution import Resolution
from localenv.stack import Job, Reader, Role, Service, Spot, Stack, variable, walk

_KINDS: Mapping[str | int, str] = {"environment": "of"}


def symbols(owner: Service | Job, *member: str) -> dict[str, str]:
    """The placeholders for hidden values of a mapping, such as `environment`, by name."""
    if isinstance(owner, Service) and owner.role is not Role.SERVICE:
        return {}  # built-in services: their passwords are variables already
    return {spot.variable: f"${{{_variable(owner, spot)}}}" for spot in _hidden(owner) if spot.path[:-1] == member}


def values(resolution: Resolution) -> dict[str, str]:
    """The value of every variable that replaces a hidden value."""
    return dict(_values(resolution, resolution.stack))


def _values(resolution: Resolution, stack: Stack) -> Iterator[tuple[str, str]]:
    owners: list[Service | Job] = [*stack.of(Role.SERVICE), *stack.jobs]
    for owner in owners:
        own = owner.name if isinstance(owner, Service) else owner.service or owner.need
        for spot in _hidden(owner):
            yield _variable(owner, spot), resolution.text(spot.value, Reader.INSIDE, own)


def _hidden(owner: Service | Job) -> Iterator[Spot]:
    return (spot for spot in walk(owner) if spot.variable and is_hidden(spot))


def _variable(owner: Service | Job, spot: Spot) -> str:
    """A unique variable name: no other one in a rendered file has lower case after a service's name."""
    plain = spot.variable if re.fullmatch("[A-Za-z0-9_]+", spot.variable) else _short(spot.variable)
    kind = "job" if isinstance(owner, Job) else _KINDS.get(spot.path[0], str(spot.path[0]))
    return f"secret_{variable(owner.name)}_{kind}_{plain}"


def _short(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:16]
