"""Adapt a stack to the native engine: native variables, limitations, and services in start order."""

import sys
from collections.abc import Iterable
from dataclasses import replace

from localenv.engines.native import raw_keys
from localenv.stack import Role, Service, Stack, Upstream, order, templates


def fit(stack: Stack) -> Stack:
    """Add the native environment to services."""
    changed = {
        name: replace(one, environment={**one.environment, **one.native.environment})
        for name, one in stack.services.items()
        if one.native and one.native.environment
    }
    return replace(stack, services={**stack.services, **changed}) if changed else stack


def limits(stack: Stack) -> tuple[str, ...]:
    """Unsupported settings, and differences from Linux: processes that cannot be tracked, unavailable addresses."""
    labelled = ", ".join(one.name for one in stack.services.values() if one.labels)
    without = [f"labels: of {labelled} have no effect: there is no container"] if labelled else []
    without += [
        f"aliases: of {one.name} have no effect: there is no network; others reach it by references"
        for one in stack.services.values()
        if one.role is Role.SERVICE and one.aliases
    ]
    without += [
        f"compose: {', '.join(keys)} of {one.name}: no effect: there is no container"
        for one in stack.services.values()
        if (keys := raw_keys.left_out(one.compose))
    ]
    return (*without, *(() if sys.platform == "linux" else _elsewhere(stack)))


def _elsewhere(stack: Stack) -> tuple[str, ...]:
    reached: tuple[Service | Upstream, ...] = (*stack.services.values(), *stack.upstreams.values())
    asking = [one.name for one in reached if one.own_address]
    shared = f"address: own: {', '.join(asking)} share 127.0.0.1 on this system, each with its own port"
    away = "daemons that leave their session may outlive the environment: this kernel has no subreaper"
    return (away, shared) if asking else (away,)


def in_order(services: Iterable[Service]) -> list[Service]:
    """Each service after its dependencies."""
    known = {service.name: service for service in services}
    depends_on = {name: [on.name for on in one.depends_on] for name, one in known.items()}
    return [known[name] for name in order.in_order(depends_on)]


def private_halves(stack: Stack) -> set[str]:
    """Key pairs of which only the public half is referenced: the private half is not written."""
    named = {reference for template in templates(stack) for reference in template.references}
    whole = {reference.name for reference in named if reference.attribute == "path"}
    return {file.name for file in stack.files.values() if file.is_pair} - whole
