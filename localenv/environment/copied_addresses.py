"""Detect data that was copied for each worker but contains addresses of the first worker's services or stubs."""

import re
from collections.abc import Iterator
from dataclasses import replace

from localenv.environment.handle import Environment
from localenv.needs import NotYet, Refused
from localenv.needs.kinds import KINDS
from localenv.planner.own_seeds import own_seeds
from localenv.stack import Reader, Role, Stack
from localenv.stack.workers import copy_name, is_copy, owns_server

_HTTP = "80"


def found(environment: Environment) -> dict[str, str]:
    """Needs copied for another worker that contain such an address, each with the table or key where it was found."""
    stack, resolution = environment.stack, environment.deployment.resolution
    expression = "|".join(map(_whole, _addresses(environment)))
    places: dict[str, str] = {}
    for name in _copied(stack) if expression else ():
        search = KINDS[stack.needs[name].kind].search
        copy = copy_name(name, 1)  # data that services wrote to the right place is not in it
        connection = resolution.connection(copy, Reader.MACHINE)
        if owns_server(stack, copy):
            connection = replace(connection, database="")
        try:
            where = search(connection, expression) if search else ""
        except (NotYet, Refused):  # reported when the need is used
            continue
        if where:
            places[name] = where
    return places


def repeated(planned: Stack) -> tuple[str, ...]:
    """Jobs that every worker runs for itself because they receive addresses."""
    return tuple(job.name for job in own_seeds(planned).jobs)


def _copied(stack: Stack) -> Iterator[str]:
    """Needs of the first worker that are copied instead of being filled again."""
    copies = {job.name for job in stack.jobs}
    yield from (name for name in stack.needs if not is_copy(name) and f"{copy_name(name, 1)}.copy" in copies)


def _addresses(environment: Environment) -> Iterator[str]:
    """Addresses of services and upstreams that differ between workers, in every notation."""
    stack, place = environment.stack, environment.deployment.resolution.place
    services = [one.name for one in stack.of(Role.SERVICE)]
    for name in (*services, *stack.upstreams):
        for reader in (Reader.INSIDE, Reader.MACHINE) if name in stack.ports and not is_copy(name) else ():
            host, port = place.address(reader, name)
            yield f"{host}:{port}"
            if port == _HTTP:
                yield f"//{host}"


def _whole(address: str) -> str:
    return rf"(^|[^A-Za-z0-9._-]){re.escape(address)}([^A-Za-z0-9._-]|$)"
