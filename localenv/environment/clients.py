"""Programs that run for an environment: inside a service or need, on this machine, and the client of a need."""

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from localenv import process
from localenv.engines import ExecOptions
from localenv.environment import running
from localenv.environment.here import own_commands
from localenv.environment.here.in_place import MARK, service_of, taken
from localenv.errors import UsageError
from localenv.guard import where
from localenv.host import kernel, proxies
from localenv.needs import bare_clients
from localenv.needs.kinds import KINDS, without_client_settings
from localenv.process import Invocation
from localenv.stack import Reader, Role

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

SHELL = ("sh", "-c", "if command -v bash >/dev/null; then exec bash; else exec sh; fi")  # the best shell of an image


def inside(
    environment: "Environment",
    name: str,
    argv: Sequence[str],
    variables: Mapping[str, str],
    *,
    terminal: bool = False,
    options: ExecOptions | None = None,
) -> Invocation:
    """The invocation that runs a command inside a service or need.

    Raises UsageError for any other name, LocalenvError for one that does not run.
    """
    stack = environment.stack
    if name not in stack.services:
        known = ", ".join(one.name for one in stack.of(Role.SERVICE, Role.NEED))
        raise UsageError(f"unknown service or need '{name}'", hint=f"available: {known}")
    running.check(environment, name)
    options = options or ExecOptions(terminal=terminal)
    if name in stack.needs:
        login = bare_clients.options(stack.needs[name], argv)
        argv = (argv[0], *environment.deployment.resolution.argv(login, Reader.INSIDE, name), *argv[1:])
    return environment.engine.commands.inside(environment.deployment, name, argv, variables, options)


def here(environment: "Environment", argv: Sequence[str], variables: Mapping[str, str]) -> Invocation:
    """The invocation that runs a program on this machine; client settings of this process are removed.

    A proxy of this process is not asked for addresses of this machine.
    """
    own = _without_client_settings(environment)
    own |= proxies.exceptions(own)
    images = environment.engine.images
    for name, folders in images.search_paths(environment.deployment).items() if images else ():
        own[name] = os.pathsep.join([*filter(None, [own.get(name)]), *map(str, folders)])
    owner = f"{os.getpid()}:{kernel.started(os.getpid())}"
    return Invocation(argv=tuple(argv), environment=own, more={where.OWNER: owner, **variables})


@contextmanager
def in_place(environment: "Environment", service: str, argv: Sequence[str]) -> Iterator[Invocation]:
    """The invocation of a program that runs in place of a service until the block exits; its own without `argv`.

    Raises LocalenvError, before anything is stopped, for a program that cannot run here.
    """
    known = service_of(environment, service)
    first = _with_variables(environment, service, argv) if argv else own_commands.invocation(environment, known)
    process.check(first)
    with taken(environment, service, command=shlex.join(first.argv)):
        if argv:
            yield _with_variables(environment, service, argv)
        else:
            variables = environment.variables(service) | {MARK: f"{environment.identity}/{service}"}
            yield replace(own_commands.invocation(environment, known), more=variables)


def _with_variables(environment: "Environment", service: str, argv: Sequence[str]) -> Invocation:
    return here(environment, argv, environment.variables(service) | {MARK: f"{environment.identity}/{service}"})


def client(environment: "Environment", name: str, *, terminal: bool) -> Invocation:
    """The interactive client of a need: the one on this machine if it can connect, else the one in its image.

    Raises UsageError for a name that is not a need, and for a kind without a client.
    """
    needs = environment.stack.needs
    if name not in needs:
        raise UsageError(f"unknown need '{name}'", hint=f"available: {', '.join(needs) or 'none'}")
    resolution, found = environment.deployment.resolution, KINDS[needs[name].kind].client
    if found is None:
        raise UsageError(
            f"{name} has no client: {needs[name].kind} brings no command-line client",
            hint=f"its URL: {environment.url(name)}",
        )
    command = found.command(needs[name])
    argv = resolution.argv(command, Reader.MACHINE, name)
    if found.is_remote and shutil.which(argv[0]):
        settings = resolution.client(name, Reader.MACHINE)
        return Invocation(argv=argv, environment=_without_client_settings(environment), more=settings)
    argv = resolution.argv(command, Reader.INSIDE, name)
    return inside(environment, name, argv, resolution.client(name), terminal=terminal)


def _without_client_settings(environment: "Environment") -> dict[str, str]:
    """This process's environment without variables that would direct a need's client to another server."""
    return without_client_settings(os.environ, {need.kind for need in environment.stack.needs.values()})
