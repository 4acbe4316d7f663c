"""A stack as it runs on one machine: one stub server for all upstreams, and services in the order they start."""

from collections.abc import Iterable
from dataclasses import replace

from localenv.stack import Role, Service, Stack


def fit(stack: Stack) -> Stack:
    """One stub server answers for all upstreams, whatever their ports: a relay leads to it from each."""
    servers = stack.of(Role.STUBS)
    if len(servers) < 2:
        return stack
    first, *others = servers
    merged = replace(first, extra_ports=tuple(port for server in servers for port in server.extra_ports))
    left = {name: service for name, service in stack.services.items() if service not in others}
    upstreams = {name: replace(one, server=first.name) for name, one in stack.upstreams.items()}
    return replace(stack, services={**left, first.name: merged}, upstreams=upstreams)


def ordered(services: Iterable[Service]) -> list[Service]:
    """Each after those that it depends on."""
    known = {service.name: service for service in services}
    found: dict[str, Service] = {}

    def take(service: Service) -> None:
        for one in service.depends_on:
            if one.name in known and one.name not in found:
                take(known[one.name])
        found.setdefault(service.name, service)

    for service in known.values():
        take(service)
    return list(found.values())
