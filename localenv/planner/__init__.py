"""Convert a description to the stack to run; reads files, writes none."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from localenv import paths
from localenv.description import scenario
from localenv.description.checks import is_active
from localenv.description.loading import Description
from localenv.description.models import (
    HealthcheckModel,
    NativeModel,
    NeedModel,
    ServiceModel,
    UpstreamModel,
    WatchModel,
)
from localenv.description.real import RealModel
from localenv.errors import UsageError
from localenv.needs.kinds import KINDS
from localenv.needs.kinds import server as server_of
from localenv.planner import jobs, logins, setups
from localenv.planner.carrying import carried
from localenv.planner.code import Code
from localenv.stack import (
    Build,
    Dependency,
    File,
    FileKind,
    Native,
    Need,
    Port,
    Probe,
    ProbeKind,
    Real,
    RealEnvironment,
    Reference,
    Role,
    Service,
    Stack,
    Template,
    Unmatched,
    Upstream,
    WatchExec,
    WatchRule,
    templates,
    variable,
)
from localenv.stack.plain_ports import PLAIN_PORTS
from localenv.stack.reals import service_of
from localenv.stubs import server, sources

UPSTREAM_PORT = 80
_FLAGS = "flags"  # the upstream that answers for feature flags
_ENDPOINT = "OFREP_ENDPOINT"
_CONVERTED = (
    "image",
    "build",
    "port",
    "depends_on",
    "native",
    "watch",
)  # keys of a service with another form in the stack


def plan(description: Description, *, profiles: Sequence[str] = (), made: frozenset[Path] = frozenset()) -> Stack:
    """Plan everything to run; services of profiles that are not requested are left out, and files that jobs `made`
    are no code.
    """
    models = dict(_active(description, profiles))
    files = dict(_files(description))
    upstreams = {name: _upstream(description, name, model) for name, model in description.upstreams.items()}
    apart = _apart(description, upstreams) | made
    code = Code(around=description.repository, apart=apart)
    native = partial(_native, description.repository, apart)
    written = {name: one.real for name, one in description.upstreams.items()}
    upstreams = {name: _with_real(one, written[name], files, native) for name, one in upstreams.items()}
    own = {name: _service(name, model, files, code, native) for name, model in models.items()}
    steps = tuple(jobs.jobs(description, own, files, code))
    described = {name: _need(description, name, model) for name, model in description.needs.items()}
    known = logins.chosen(described, [*own.values(), *steps, *files.values()])
    return Stack(
        name=description.name,
        env=description.env,
        folder=description.repository,
        services={**_backing(known), **server.services(upstreams), **own},
        needs=known,
        upstreams=upstreams,
        files=files,
        jobs=tuple(one for one in steps if not one.states),
        state_jobs=tuple(one for one in steps if one.states),
        smoke=tuple(jobs.smokes(description, own, files, code)),
        notes=description.notes,
        faults=description.faults,
        scenarios={name: scenario.planned(model) for name, model in description.scenarios.items()},
        flags=json.dumps(description.flags) if description.flags is not None else "",
    )


def _active(description: Description, profiles: Sequence[str]) -> Iterator[tuple[str, ServiceModel]]:
    """Select like Compose: services without a profile, and those of a requested one; `*` requests all."""
    written = {profile for model in description.services.values() for profile in model.profiles}
    if unknown := sorted(set(profiles) - written - {"*"}):
        known = f"available: {', '.join(sorted(written))}" if written else "the description has no profiles"
        raise UsageError(f"no service has the profile '{unknown[0]}'", hint=known)
    for name, model in description.services.items():
        if is_active(model.profiles, profiles):
            yield name, model


def _service(
    name: str,
    model: ServiceModel,
    files: Mapping[str, File],
    code: Code | None,
    native: Callable[[NativeModel, Path], Native],
) -> Service:
    build = Build(**carried(model.build, Build)) if model.build else None
    ready = native(model.native, build.context if build else model.at.file.parent) if model.native else None
    service = Service(
        name=name,
        role=Role.SERVICE,
        image=model.image if build is None else None,
        build=build,
        port=_port(name, model),
        extra_ports=tuple(
            Port(name=f"{name}.{other}", target=one.port, pinned=one.publish, scheme=one.scheme)
            for other, one in model.ports.items()
        ),
        probe=_probe(model),
        depends_on=tuple(Dependency(name=other, condition=how) for other, how in model.depends_on.items()),
        native=ready,
        watch=tuple(_watch_rule(one) for one in model.watch) if model.watch is not None else None,
        own_address=model.address == "own",
        digest=code.read(build, ready, model.at.file.parent) if code else "",
        **carried(model, Service, but=_CONVERTED),
    )
    service = _with_endpoint(service)
    used = jobs.files_used(service, files)
    return replace(service, files=used, public=jobs.public_alone(service, used))


def _watch_rule(model: WatchModel) -> WatchRule:
    hook = model.exec
    words = ("".join(map(str, word.parts)) for word in hook.command) if hook else ()
    run = WatchExec(**carried(hook, WatchExec, but=("command",)), command=tuple(words)) if hook else None
    return WatchRule(**carried(model, WatchRule, but=("exec",)), exec=run)


def _with_endpoint(service: Service) -> Service:
    """A service that refers to flags finds them where OpenFeature's providers look."""
    refers = any(reference.name == _FLAGS for template in templates(service) for reference in template.references)
    if not refers or _ENDPOINT in service.environment:
        return service
    endpoint = Template((Reference(name=_FLAGS, attribute="url"),))
    return replace(service, environment={**service.environment, _ENDPOINT: endpoint})


def _port(name: str, model: ServiceModel) -> Port | None:
    health = model.healthcheck
    is_plain = health is not None and (health.tcp or (bool(health.command) and model.port in PLAIN_PORTS))
    scheme = "tcp" if is_plain else "http"  # it uses a protocol other than HTTP
    return Port(name=name, target=model.port, pinned=model.publish, scheme=scheme) if model.port else None


def _apart(description: Description, upstreams: Mapping[str, Upstream]) -> frozenset[Path]:
    """Paths that are not code: descriptions and stubs, which have digests of their own."""
    envs = (file.parent for file in description.files if paths.described(file))
    stubs = (path for one in upstreams.values() for source in one.sources for path in sources.watched(source))
    roots = (source.value for one in upstreams.values() for source in one.sources if isinstance(source.value, Path))
    return frozenset((*description.files, *envs, *stubs, *roots))


def _native(around: Path, apart: frozenset[Path], model: NativeModel, folder: Path) -> Native:
    steps = setups.steps(model.setup, model.working_dir or folder, around, apart)
    return Native(setup=steps, **carried(model, Native, but=("setup",)))


def _probe(model: ServiceModel) -> Probe:
    check: HealthcheckModel | None = model.healthcheck
    match check:
        case None if model.port:
            return Probe(kind=ProbeKind.HTTP)
        case None:
            return Probe(kind=ProbeKind.ALIVE)
        case HealthcheckModel(command=tuple() as command):
            return Probe(kind=ProbeKind.COMMAND, command=command, timeout=check.timeout)
        case HealthcheckModel(tcp=True):
            return Probe(kind=ProbeKind.TCP, timeout=check.timeout)
        case HealthcheckModel(http=None):
            return Probe(kind=ProbeKind.HTTP if model.port else ProbeKind.ALIVE, timeout=check.timeout)
    return Probe(
        kind=ProbeKind.HTTP,
        path=check.http or "/",
        status=check.status,
        any_success=not check.status,
        host=check.host or "",
        timeout=check.timeout,
    )


def _need(description: Description, name: str, model: NeedModel) -> Need:
    login = variable(description.name).lower()
    kind = KINDS[model.kind]
    refused = kind.login is not None and kind.login.refusal(login)
    return Need(
        name=name,
        kind=model.kind,
        version=model.version,
        user=model.user or (model.kind if refused else login),
        databases=(login,) if model.databases is None else model.databases,
        own_address=model.address == "own",
        **carried(model, Need, but=("user", "databases")),
    )


def _backing(known: Mapping[str, Need]) -> dict[str, Service]:
    return {name: server_of(need) for name, need in known.items()}


def _upstream(description: Description, name: str, model: UpstreamModel) -> Upstream:
    port = model.port or UPSTREAM_PORT
    found = tuple(model.sources(partial(description.at, "upstreams", name)))
    return Upstream(
        name=name,
        server=server.NAME,
        port=port,
        own_address=model.address == "own",
        is_templated=model.templating == "all",
        sources=found,
        unmatched=Unmatched(model.unmatched),
        digest=sources.digest(found),
        responder=_FLAGS if name == _FLAGS else "",
        **carried(model, Upstream, but=("port", "unmatched", "real")),
    )


def _with_real(
    upstream: Upstream,
    model: RealModel | None,
    files: Mapping[str, File],
    native: Callable[[NativeModel, Path], Native],
) -> Upstream:
    """The upstream with its real server; the files of a program are read when it is started."""
    if model is None:
        return upstream
    program = model.program
    service = _service(service_of(upstream.name), program, files, None, native) if program else None
    other = RealEnvironment(description=model.env, service=model.service or "") if model.env else None
    return replace(upstream, real=Real(url=model.url or "", headers=model.headers, service=service, environment=other))


def _files(description: Description) -> Iterator[tuple[str, File]]:
    for kind, models in ((FileKind.SECRET, description.secrets), (FileKind.CONFIG, description.configs)):
        for name, model in models.items():
            yield name, File(name=name, kind=kind, variable=model.environment, **carried(model, File))
