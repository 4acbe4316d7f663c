"""Values that a rendered file does not show: those of variables whose names look secret, and passwords in URLs."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256

from localenv.redaction.stack import is_hidden
from localenv.resolution import Resolution
from localenv.stack import Job, Reader, Role, Service, Stack, Template, variable


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


def values(resolution: Resolution) -> dict[str, str]:
    """The text of every variable that stands for a hidden value."""
    return dict(_values(resolution, resolution.stack))


def _values(resolution: Resolution, stack: Stack) -> Iterator[tuple[str, str]]:
    for service in stack.of(Role.SERVICE):
        for name in _hidden(service.environment):
            text = resolution.text(service.environment[name], Reader.INSIDE, service.name)
            yield _variable(service.name, name), text
        arguments = service.build.args if service.build else {}
        for name in _hidden(arguments):
            yield _variable(service.name, name, "build"), resolution.text(arguments[name], Reader.INSIDE)
    for job in stack.jobs:
        for name in _hidden(job.environment):
            text = resolution.text(job.environment[name], Reader.INSIDE, job.service or job.need)
            yield _variable(job.name, name, "job"), text


def _hidden(mapping: Mapping[str, Template]) -> list[str]:
    return [name for name, template in mapping.items() if is_hidden(name, template)]


def _variable(service: str, name: str, kind: str = "of") -> str:
    """One that no other part of a rendered file uses: in no other does lower case stand behind a service's name."""
    plain = name if re.fullmatch("[A-Za-z0-9_]+", name) else sha256(name.encode()).hexdigest()[:16]
    return f"secret_{variable(service)}_{kind}_{plain}"
