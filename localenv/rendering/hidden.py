"""Values that a rendered file does not show: those of variables whose names look secret, and passwords in URLs."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256

from localenv import secrecy
from localenv.settlement import Settlement
from localenv.stack import Job, Reader, Role, Service, Stack, Template, variable


def is_hidden(name: str, template: Template) -> bool:
    """Whether what is written there is secret: not where it is nothing but references."""
    texts = [part for part in template.parts if isinstance(part, str) and part]
    if not texts:
        return False
    from_file = template.at is None and not template.references
    return from_file or secrecy.is_secret(name) or bool(secrecy.in_urls(_joined(template)))


def symbols(service: Service) -> dict[str, str]:
    """What stands for the hidden ones of a service's environment in a rendered file, by name."""
    written = service.environment if service.role is Role.SERVICE else {}  # others are ours, their passwords variables
    return {name: f"${{{_variable(service.name, name)}}}" for name in _hidden(written)}


def argument_symbols(service: Service) -> dict[str, str]:
    """The same for the arguments of its build."""
    arguments = service.build.args if service.build else {}
    return {name: f"${{{_variable(service.name, name, 'build')}}}" for name in _hidden(arguments)}


def job_symbols(job: Job) -> dict[str, str]:
    """The same for what a job has beside the environment of its service."""
    return {name: f"${{{_variable(job.name, name, 'job')}}}" for name in _hidden(job.environment)}


def values(settlement: Settlement) -> dict[str, str]:
    """The text of every variable that stands for a hidden value."""
    return dict(_values(settlement, settlement.stack))


def _values(settlement: Settlement, stack: Stack) -> Iterator[tuple[str, str]]:
    for service in stack.of(Role.SERVICE):
        for name in _hidden(service.environment):
            text = settlement.text(service.environment[name], Reader.INSIDE, service.name)
            yield _variable(service.name, name), text
        arguments = service.build.args if service.build else {}
        for name in _hidden(arguments):
            yield _variable(service.name, name, "build"), settlement.text(arguments[name], Reader.INSIDE)
    for job in stack.jobs:
        for name in _hidden(job.environment):
            text = settlement.text(job.environment[name], Reader.INSIDE, job.service or job.need)
            yield _variable(job.name, name, "job"), text


def _hidden(mapping: Mapping[str, Template]) -> list[str]:
    return [name for name, template in mapping.items() if is_hidden(name, template)]


def _joined(template: Template) -> str:
    """References stand as `${…}`, which is nobody's password."""
    return "".join(part if isinstance(part, str) else "${}" for part in template.parts)


def _variable(service: str, name: str, kind: str = "of") -> str:
    """One that no other part of a rendered file uses: in no other does lower case stand behind a service's name."""
    plain = name if re.fullmatch("[A-Za-z0-9_]+", name) else sha256(name.encode()).hexdigest()[:16]
    return f"secret_{variable(service)}_{kind}_{plain}"
