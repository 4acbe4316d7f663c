"""Convert a service under work, or a command in it, to programs on this machine."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from localenv import paths
from localenv.engines import Deployment, Say
from localenv.engines.native import environment, kinds, mirror, raw_keys, scripts, setup, setup_plan, supervising
from localenv.engines.native.program import NativeKind, NativeNeed, Program, Room
from localenv.engines.native.scripts.earlier import digest
from localenv.errors import EngineError
from localenv.host import files
from localenv.needs import bare_clients
from localenv.needs.kinds import without_files
from localenv.process import Completed
from localenv.stack import Job, Reader, Role, Service


def service(deployment: Deployment, one: Service, say: Say) -> Program:
    """The program of a service under work."""
    argv = deployment.resolution.argv(one.local_command, Reader.INSIDE, one.name)
    return raw_keys.applied(_in_place(deployment, one, argv, {}, say), one.compose)


def earlier(deployment: Deployment, one: Service, instead: Mapping[Path, Path]) -> Program:
    """The program of a service as it last worked: nothing is prepared, and it sees files `instead` of others.

    Where it runs in a copy, they are put into that; else in a mount namespace of its own, until they change again.
    """
    prepared = setup.as_it_is(one, _resolved(deployment, one))
    argv = deployment.resolution.argv(one.local_command, Reader.INSIDE, one.name)
    program = raw_keys.applied(_prepared(deployment, one, argv, {}, prepared), one.compose)
    if prepared.folder != one.folder:
        mirror.put(one.folder, prepared.folder, instead)
        return program
    files = [[str(path), str(copy), digest(path)] for path, copy in instead.items()]
    return replace(program, argv=scripts.argv("earlier", json.dumps(files), *program.argv)) if files else program


def keep(deployment: Deployment, one: Service) -> Callable[[], bool]:
    """Keep the prepared folder of a service, see `Images.keep`."""
    return setup.keep(one, paths.watched(deployment.identity, one.name, "build"), _resolved(deployment, one))


def prepare(deployment: Deployment, one: Service, say: Say, since: float = 0) -> setup_plan.PreparedFolder:
    """Prepare its folder under the guard: runs `native.setup` once per change of its inputs, and after `since`."""

    def run(program: Program, say: Say) -> Completed:
        return supervising.run(deployment.identity, f"setup.{one.name}", program, say)

    return setup.prepare(one, say, run, _resolved(deployment, one), user=deployment.identity, since=since)


def _resolved(deployment: Deployment, one: Service) -> setup_plan.Resolved:
    return lambda template: deployment.resolution.text(template, Reader.INSIDE, one.name)


def node_paths(deployment: Deployment) -> dict[str, list[Path]]:
    """Paths for Node to find prepared packages: the folders for `NODE_PATH`, and their programs for `PATH`."""
    found: dict[str, list[Path]] = {}
    for one in deployment.stack.of(Role.SERVICE):
        if modules := setup.node_modules(one, _resolved(deployment, one)):
            found.setdefault("NODE_PATH", []).append(modules)
            found.setdefault("PATH", []).append(modules / ".bin")
    return found


def job(deployment: Deployment, one: Job, say: Say) -> Program:
    """The program of a job, with the settings of its service."""
    argv = deployment.resolution.argv(one.command, Reader.INSIDE, one.service)
    more = deployment.resolution.mapping(one.environment, Reader.INSIDE, one.service)
    return inside(deployment, deployment.stack.services[one.service], argv, more, say, job=one)


def inside(
    deployment: Deployment, one: Service, argv: Sequence[str], more: Mapping[str, str], say: Say, job: Job | None = None
) -> Program:
    """A command with the settings of a service, or with the clients of a need."""
    if one.role is Role.SERVICE:
        return _in_place(deployment, one, argv, more, say)
    first = (*_bare_clients(deployment, one), *client_path(deployment, one))
    variables = deployment.resolution.client(one.name) if one.role is Role.NEED else {}
    folder = job.at.file.parent if job is not None and job.at is not None else deployment.stack.folder
    own = {"HOME": str(home(deployment.identity))} if one.role is Role.NEED else {}
    complete = environment.with_path({**environment.clean(), **own, **variables, **more}, *first)
    return Program(argv=tuple(argv), environment=complete, folder=folder)


def home(identity: str) -> Path:
    """An empty home for clients of needs: configuration in the user's home could redirect them."""
    folder = paths.home(identity)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def _bare_clients(deployment: Deployment, one: Service) -> tuple[Path, ...]:
    """The folder of scripts that connect a need's bare clients, written anew."""
    need = deployment.stack.needs.get(one.name)
    resolved = partial(deployment.resolution.argv, reader=Reader.INSIDE, own=one.name)
    found = bare_clients.scripts(need, resolved) if need else {}
    folder = home(deployment.identity) / "clients" / one.name
    for name, script in found.items():
        if not (folder / name).exists() or (folder / name).read_text() != script:
            files.write(folder / name, script)
            (folder / name).chmod(0o700)
    return (folder,) if found else ()


def data(identity: str, name: str) -> Path:
    """The private folder of a need or stub server."""
    return paths.data(identity, name)


def native_kind(deployment: Deployment, one: Service) -> NativeKind:
    """The kind that runs a need or the stub server here; raises EngineError for one that only Compose runs."""
    return need_kind(deployment, one) if one.role is Role.NEED else kinds.KINDS[kinds.STUBS]


def need_kind(deployment: Deployment, one: Service) -> NativeNeed:
    """The kind that runs a need here; raises EngineError for one that only Compose runs."""
    name = deployment.stack.needs[one.name].kind
    try:
        return kinds.NEEDS[name]
    except KeyError:
        raise EngineError(f"{one.name}: {name} runs in Docker only", hint="use --engine compose") from None


def client_path(deployment: Deployment, one: Service) -> tuple[Path, ...]:
    """The folders of the clients of a need."""
    found = need_kind(deployment, one).client_path if one.role is Role.NEED else None
    return found(deployment.stack.needs[one.name], data(deployment.identity, one.name)) if found else ()


def backing(deployment: Deployment, one: Service, room: Room, say: Say) -> Program:
    """The program of a need or the stub server."""
    return native_kind(deployment, one).program(deployment, one, room, say)


def _in_place(deployment: Deployment, one: Service, argv: Sequence[str], more: Mapping[str, str], say: Say) -> Program:
    return _prepared(deployment, one, argv, more, prepare(deployment, one, say))


def _prepared(
    deployment: Deployment,
    one: Service,
    argv: Sequence[str],
    more: Mapping[str, str],
    prepared: setup_plan.PreparedFolder,
) -> Program:
    needs = {need.kind for need in deployment.stack.needs.values()}
    own = {**without_files(needs), **prepared.environment, **deployment.resolution.environment(one)}
    variables = {**environment.clean(), **own, **more}
    return Program(
        argv=tuple(argv),
        environment=environment.with_path(variables, *prepared.path),
        folder=prepared.folder,
    )


def silent(line: str) -> None:
    """Ignore the line."""
