"""What of a stack cannot run on this machine: servers, interpreters, programs, extensions."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from localenv.engines import Deployment
from localenv.engines.native import environment, programs, setup, shims
from localenv.engines.native.kinds.postgres import extensions
from localenv.engines.native.wiremock import java
from localenv.errors import EngineError, LocalenvError, NotReadyError, UnfitError
from localenv.needs.kinds import KINDS
from localenv.needs.versions import differs
from localenv.stack import Command, Job, Reader, Role, Service, Stack

_HINT = "install it, add native.setup, or use --engine compose"


def check(deployment: Deployment, names: Sequence[str]) -> None:
    """Raise the error of what is missing for these services and their jobs; UnfitError with all, if it is more."""
    lacking: dict[str, LocalenvError] = {}
    for one in _checks(deployment, names):
        try:
            one()
        except LocalenvError as error:
            lacking.setdefault(error.message, error)
    if len(lacking) == 1:
        raise next(iter(lacking.values()))
    if lacking:
        raise UnfitError([*lacking.values()])


def _checks(deployment: Deployment, names: Sequence[str]) -> Iterator[Callable[[], None]]:
    for name in names:
        service = deployment.stack.services[name]
        if service.role is Role.NEED:
            yield partial(_need, deployment, service)
        elif service.role is Role.SERVICE:
            yield from _of_service(deployment, service)
        elif service.role is Role.STUBS:
            yield _java
    for job in (*deployment.stack.jobs, *(one.job for one in deployment.stack.smoke if one.job)):
        if job.service in names or job.need in names:
            yield partial(_job, deployment, job)


def _java() -> None:
    java.find()  # raises EngineError


def _of_service(deployment: Deployment, one: Service) -> Iterator[Callable[[], None]]:
    yield partial(setup.check, one)
    yield partial(_command, one)
    yield partial(_first, deployment, one, one.local_command, f"start {one.name}", {})
    yield partial(_first, deployment, one, one.probe.command, f"check the health of {one.name}", {})


def _command(one: Service) -> None:
    if not one.local_command:
        raise EngineError(
            f"{one.at}: {one.name} has no command to run without Docker",
            hint=f"add `command:` to {one.name}, or `native: {{command: …}}`",
        )


def _need(deployment: Deployment, one: Service) -> None:
    """Raise EngineError for a need that cannot run here, or only in a version that its description rejects."""
    need = deployment.stack.needs[one.name]
    kind = programs.need_kind(deployment, one)
    running = kind.version(need, programs.data(deployment.identity, need.name))
    if need.strict and differs(need.version, running):
        raise EngineError(
            f"{need.name}: {need.kind} {need.version} is required (strict: true), and this machine would run {running}",
            hint=kind.to_install(need),
        )


def _job(deployment: Deployment, one: Job) -> None:
    """Raise NotReadyError for a job whose program is missing, EngineError for a need without a client."""
    place = deployment.stack.services[one.service or one.need]
    if place.role is Role.SERVICE:
        _first(deployment, place, one.command, f"run {one.name}", one.environment)
    elif sql := KINDS[deployment.stack.needs[place.name].kind].sql:  # other kinds create their clients when they start
        need = deployment.stack.needs[place.name]
        command = one.command or sql.client(need)
        own = programs.client_path(deployment, place)
        if sql.HAS_EXTENSIONS and one.file and not one.table:
            extensions.check(need, programs.data(deployment.identity, place.name), one.file)
        _look_for(deployment, place, command, f"run {one.name}", own)


def check_program(stack: Stack, one: Service) -> None:
    """Raise NotReadyError if the program that a service starts with is missing, as far as its description names it."""
    if not _may_install(one, {}):
        first = "".join(part for word in one.local_command[:1] for part in word.parts if isinstance(part, str))
        _find(stack, one, first or "/", f"start {one.name}", {})


def _first(deployment: Deployment, one: Service, command: Command, what: str, more: Mapping[str, object]) -> None:
    """Raise NotReadyError for a missing program that no step could install."""
    if not _may_install(one, more):
        _look_for(deployment, one, command, what)


def _may_install(one: Service, more: Mapping[str, object]) -> bool:
    """Whether a step, or a variable, may lead to programs that are not on PATH."""
    prepares = one.native and (one.native.setup or one.native.python or one.native.node)
    return bool(prepares) or "PATH" in {*one.environment, *more}


def _look_for(deployment: Deployment, one: Service, command: Command, what: str, own: Sequence[Path] = ()) -> None:
    program = next(iter(deployment.resolution.argv(command[:1], Reader.INSIDE, one.name)), "/")
    _find(deployment.stack, one, program, what, _of_managers(deployment, one), own)


def _find(
    stack: Stack, one: Service, program: str, what: str, managers: dict[str, str], own: Sequence[Path] = ()
) -> None:
    """Raise NotReadyError for a program that is not installed; one in the repository may be created later."""
    is_later = "/" in program and (not program.startswith("/") or Path(program).is_relative_to(stack.folder))
    if is_later or program == "/":
        return
    variables = environment.with_path(environment.clean() | managers, *own)
    found = shutil.which(program, path=variables["PATH"])
    if found is None:
        raise NotReadyError(f"cannot {what}: `{program}` not found", hint=_HINT)
    if why := shims.failure(Path(found), variables, one.folder):
        raise NotReadyError(f"cannot {what}: `{program}` ({found}) is not installed: {why}", hint=_HINT)


def _of_managers(deployment: Deployment, one: Service) -> dict[str, str]:
    """The variables of a service by which version managers choose a version."""
    own = {name: value for name, value in one.environment.items() if name.startswith(shims.VARIABLES)}
    return deployment.resolution.mapping(own, Reader.INSIDE, one.name)
