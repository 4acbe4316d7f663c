"""The addresses of an environment on this machine: URLs, variables, notes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localenv import state
from localenv.environment import finding, stubbing
from localenv.errors import UsageError
from localenv.host import files
from localenv.planner import jobs
from localenv.rendering import file_names
from localenv.stack import Reader, Role, Service, variable
from localenv.stubs.server import USER

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_FACTS = ("url", "host", "port", "user", "password", "database")


def url(environment: "Environment", name: str) -> str:
    """The address of a service, need or upstream on this machine; raises UsageError if it has none."""
    stack = environment.stack
    if name not in stack.ports:
        known = ", ".join(_names(environment))
        if name in stack.services:
            raise UsageError(f"{name} has no address", hint=f"with an address: {known}")
        raise UsageError(f"unknown service, need or upstream '{name}'", hint=f"available: {known}")
    return environment.deployment.resolution.connection(name, Reader.MACHINE).url


def variables(environment: "Environment", service: str | None) -> dict[str, str]:
    """`LOCALENV_<NAME>_URL` and so on for everything; a service's own variables too, resolved for this machine."""
    stack = environment.stack
    found = {finding.VARIABLE: environment.identity, "LOCALENV_ENV": environment.record.env, **_stubs_url(environment)}
    for name in _names(environment):
        found |= _facts(environment, name)
    if service is None:
        return found
    one = stack.services.get(service)
    if one is None or one.role is not Role.SERVICE:
        known = ", ".join(service.name for service in stack.of(Role.SERVICE))
        raise UsageError(f"unknown service '{service}'", hint=f"available: {known}")
    _put_files(environment, file_names(stack, one))
    return found | own_variables(environment, one)


def own_variables(environment: "Environment", service: Service) -> dict[str, str]:
    """A service's own variables for this machine; if it runs here, with the ports that others are led to."""
    record = state.load(environment.identity) or environment.record
    if taken := record.here.get(service.name):
        from localenv.engines import here  # imports the native engine

        return here.resolution(environment.deployment, taken.ports).environment(service)
    return environment.deployment.resolution.environment(service, Reader.MACHINE)


def notes(environment: "Environment") -> tuple[str, ...]:
    """The notes of the description, with addresses for this machine; passwords are shown."""
    stack, resolution = environment.stack, environment.deployment.resolution
    _put_files(environment, jobs.files_used(stack.notes, stack.files))
    return tuple(resolution.text(note, Reader.MACHINE).strip() for note in stack.notes)


def _names(environment: "Environment") -> list[str]:
    servers = {one.name for one in environment.stack.of(Role.STUBS)}
    return [name for name in environment.stack.ports if name not in servers]


def _stubs_url(environment: "Environment") -> dict[str, str]:
    """The URL of the first stub server, with the login of its admin API."""
    for server in environment.stack.of(Role.STUBS)[:1]:
        connection = environment.deployment.resolution.connection(server.name, Reader.MACHINE)
        login = f"{USER}:{stubbing.password(environment.deployment, server.name)}"
        return {"LOCALENV_STUBS_URL": f"http://{login}@{connection.host}:{connection.port}"}
    return {}


def _facts(environment: "Environment", name: str) -> dict[str, str]:
    connection = environment.deployment.resolution.connection(name, Reader.MACHINE)
    found = {f"LOCALENV_{variable(name)}_{fact.upper()}": getattr(connection, fact) for fact in _FACTS}
    return {key: text for key, text in found.items() if text}


def _put_files(environment: "Environment", names: Sequence[str]) -> None:
    deployment = environment.deployment
    for name, content in deployment.files.items():
        if name in names:
            files.write_bytes(Path(deployment.resolution.place.path(Reader.MACHINE, name)), content)
