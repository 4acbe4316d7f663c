"""Write a folder that runs the same stack with plain `docker compose up`, without localenv."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from localenv import data, paths, secret_files, state
from localenv.environment import overlays, ports, variables
from localenv.environment.request import Request
from localenv.environment.up.preparing import bounds, passwords_wanted, stack
from localenv.errors import UsageError, shown
from localenv.host import files
from localenv.needs import includes
from localenv.needs.kinds import KINDS
from localenv.paths import compose_files
from localenv.rendering import (
    STEPS,
    Ejected,
    buildable,
    dotenv,
    escaped,
    hidden_symbols,
    hidden_values,
    image_name,
    mounted,
    mounts,
    raw_value,
    relative,
    step_folder,
    symbolic,
    view,
)
from localenv.rendering.templating import render
from localenv.resolution import Resolution, content_variable, values
from localenv.stack import Command, FileKind, Job, Reader, Role, Service, Stack, Stage, Upstream, references
from localenv.stubs import flags, layers, relay, server
from localenv.stubs.recognition import Recognition

_DATA, _STUBS = "data", "stubs"
_INHERITED = ("user", "working_dir", "tmpfs", "network_mode")  # raw keys that a service's jobs inherit
_STARTED = {"condition": "service_started"}
_HEALTHY = {"condition": "service_healthy"}
_COMPLETED = {"condition": "service_completed_successfully"}
# the client is passed as arguments, so this text contains nothing from the description. A finished container keeps a
# marker file, because Compose starts it again at the next `up`
_FEED = 'test -e /tmp/localenv-done || { "$$@" </localenv/data && : >/tmp/localenv-done; }'


def eject(request: Request, folder: Path) -> tuple[str, ...]:
    """Write the folder, and say what it leaves out; raises UsageError if it exists and is not empty.

    Jobs become one-shot services, stubs are mounted, and secret values go into the private `.env`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "not empty" if folder.is_dir() else "not a directory"
        raise UsageError(f"{shown(folder)} exists and is {what}", hint="name a new folder")
    whole = stack(request)
    planned = replace(whole, upstreams={name: _without_state(one) for name, one in whole.upstreams.items()})
    buildable.check(planned.services.values())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot create {shown(folder)}: {error.strerror}", hint="name another folder") from error
    try:
        _write(planned, request, folder.resolve())
    except BaseException as error:
        shutil.rmtree(folder)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            error.filename = str(folder)
        raise
    kept = (name for name, one in whole.upstreams.items() if one != planned.upstreams[name])
    return tuple(f"{name}: stateful: is ignored; created resources are not kept" for name in kept)


def _without_state(upstream: Upstream) -> Upstream:
    """An upstream whose stubs need no responder."""
    plain = [
        replace(one, options={key: value for key, value in one.options.items() if key != "stateful"})
        for one in upstream.sources
    ]
    return replace(upstream, sources=tuple(plain))


def _write(planned: Stack, request: Request, folder: Path) -> None:
    published = ports.free(f"{planned.name}-{planned.env}", planned.ports.values())
    more = Ejected(
        jobs=tuple(_jobs(planned, folder)),
        depends_on=_before_services(planned),
        volumes={service.name: _roots(service.name) for service in planned.of(Role.STUBS)},
        commands={service.name: server.command(service.ports[0].target) for service in planned.of(Role.STUBS)},
    )
    if planned.rendered:  # rendered by fragments, which may produce a different file for another folder
        text = overlays.ejected(planned, bounds(request), folder, more)
    else:
        text = render("compose.yaml.j2", view(planned, folder, ejected=more), None)
    files.write(compose_files.compose(folder), text)
    files.write(paths.dotenv(folder), dotenv(_variables(planned, request, published)))
    for service in planned.of(Role.STUBS):
        _write_stubs(planned, service.name, folder / _STUBS / service.name)


def _variables(planned: Stack, request: Request, published_ports: Mapping[str, int]) -> dict[str, str]:
    read = variables.read(request.target.repository, request.target.home).values
    passwords = {name: state.random_password() for name in passwords_wanted(planned)}
    texts = values(planned, passwords=passwords, environ=read)
    resolution = Resolution(stack=planned, place=symbolic(planned).place, value=texts.__getitem__)
    texts |= resolution.described_passwords()
    generated = secret_files.made_once(planned)
    texts |= secret_files.values(planned, generated)
    made = secret_files.contents(resolution, read, generated)
    project = f"{planned.name}-{planned.env}"
    published = {planned.ports[name].variable: str(port) for name, port in published_ports.items()}
    published |= {planned.ports[name].address_variable: "127.0.0.1" for name in planned.at_own_addresses}
    contents = {content_variable(name): text.decode(errors="surrogateescape") for name, text in made.items()}
    texts |= hidden_values(resolution)
    return {**texts, **published, **contents, "COMPOSE_PROJECT_NAME": project, "LOCALENV_ENVIRONMENT": project}


def _jobs(planned: Stack, folder: Path) -> Iterator[dict[str, Any]]:
    """Convert each job to a service that waits for the previous one."""
    before: Mapping[str, Any] = {service.name: _works(service) for service in planned.of(Role.NEED)}
    for job in [*_preparations(planned), *planned.jobs]:
        yield {**_job(planned, job, folder), "name": job.name, "depends_on": dict(before)}
        before = {job.name: _COMPLETED}


def _preparations(planned: Stack) -> Iterator[Job]:
    for name, need in planned.needs.items():
        sql = KINDS[need.kind].sql
        if sql and sql.initial(need):
            yield Job(name=f"{name}.prepare", stage=Stage.MIGRATE, need=name)


def _job(planned: Stack, job: Job, folder: Path) -> dict[str, Any]:
    resolution = symbolic(planned)
    service = planned.services[job.service or job.need]
    own = resolution.mapping(job.environment, Reader.INSIDE, service.name) | hidden_symbols(job, "environment")
    environment = _inherited(resolution, service) | own
    fed: list[str] = []
    need = planned.needs.get(job.need)
    if job.file and need and includes.is_any(job.file, need.kind):
        job = data.script(job, need, service.name)
    command = job.command
    if not job.command:
        command, fed = _fed(planned, job, folder)
    words = resolution.argv(command, Reader.INSIDE, service.name)
    in_need = bool(job.command) and service.role is Role.NEED
    shown, place = step_folder(job, planned.folder) if in_need and job.at else (None, "")
    steps = [_shown(shown, folder)] if shown else []
    raw = {key: raw_value(service.compose[key]) for key in _INHERITED if key in service.compose}
    return {
        "image": resolution.text(service.image, Reader.INSIDE) if service.image else image_name(planned, service),
        "pull_policy": "missing" if service.image else "never",
        "command": ["sh", "-c", _FEED, "sh", *words] if fed else list(words),
        "environment": environment,
        "secrets": mounts(planned, job, FileKind.SECRET),
        "configs": mounts(planned, job, FileKind.CONFIG),
        "volumes": [*fed, *steps, *mounted(planned, service, folder)],
        "raw": raw | ({"working_dir": place} if steps else {}),
    }


def _shown(source: Path, folder: Path) -> dict[str, Any]:
    return {"type": "bind", "source": relative(source, folder), "target": STEPS, "read_only": True}


def _inherited(resolution: Resolution, service: Service) -> dict[str, str]:
    if service.role is not Role.SERVICE:
        return resolution.client(service.name)
    return resolution.environment(service) | hidden_symbols(service, "environment")


def _fed(planned: Stack, job: Job, folder: Path) -> tuple[Command, list[str]]:
    """The client command that reads the job's input, and the input as a file beside the Compose file."""
    need = planned.needs[job.need]
    sql = KINDS[need.kind].sql
    assert sql is not None
    if job.file:
        command, chunks = data.feed(job, need)
    else:
        command, chunks = sql.client(need), [sql.initial(need).encode()]
    _write_chunks(folder / _DATA / job.name, chunks)
    return command, [f"./{_DATA}/{escaped(job.name)}:/localenv/data:ro"]


def _write_chunks(file: Path, chunks: Iterable[bytes]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("wb") as opened:
        opened.writelines(chunks)


def _before_services(planned: Stack) -> Mapping[str, Mapping[str, Any]]:
    """The conditions of a service: needs and stubs are ready and the last job has completed."""
    last = [*_preparations(planned), *planned.jobs][-1:]
    backing = {service.name: _works(service) for service in planned.of(Role.NEED, Role.STUBS)}
    return backing | {job.name: _COMPLETED for job in last}


def _works(service: Service) -> Mapping[str, str]:
    """`service_healthy` if the image contains a program for a healthcheck."""
    return _HEALTHY if service.own_healthcheck else _STARTED


def _named(planned: Stack, url: str) -> str:
    """A URL of a stub with references replaced by names on the environment's network."""
    return symbolic(planned).text(references.parse(url), Reader.INSIDE) if "${" in url else url


def _mappings(planned: Stack, upstream: Upstream) -> list[dict[str, Any]]:
    """Its mappings; feature flags have their defaults, because nothing evaluates rules there."""
    if upstream.responder:
        return layers.overlay(upstream.name, flags.stubs(json.loads(planned.flags)))
    return layers.mappings(upstream, partial(_named, planned))


def _roots(name: str) -> list[str]:
    """The mounted folders of a stub server; its relay expects the bodies apart."""
    folder = f"./{_STUBS}/{name}"
    return [f"{folder}/mappings:/home/wiremock/mappings", f"{folder}/__files:{relay.BODIES}"]


def _write_stubs(planned: Stack, name: str, root: Path) -> None:
    """Write a WireMock root with the stubs of all upstreams of a server."""
    answered = [upstream for upstream in planned.upstreams.values() if upstream.server == name]
    recognition = Recognition(upstreams=[one.name for one in answered], shares_ports=True)
    written = [mapping for one in answered for mapping in _mappings(planned, one)]
    mappings = recognition.all(written)
    mappings.reverse()  # of equal stubs, the last wins in a file and the first in an import
    (root / "mappings").mkdir(parents=True)
    (root / "__files").mkdir()
    (root / "mappings" / "stubs.json").write_text(json.dumps({"mappings": mappings}, indent=1, ensure_ascii=False))
    for body, file in ((body, file) for one in answered for body, file in layers.bodies(one).items()):
        target = root / "__files" / body
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
