"""From what the description says to the stack that has to run; reads files, writes none."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from localenv import inputs, needs
from localenv.description import Description
from localenv.description.models import (
    BuildModel,
    FileModel,
    HealthcheckModel,
    NativeModel,
    NeedModel,
    ServiceModel,
    SmokeModel,
    StepModel,
    UpstreamModel,
)
from localenv.errors import UsageError
from localenv.stack import (
    Build,
    Command,
    Dependency,
    File,
    FileKind,
    Job,
    Native,
    Need,
    Port,
    Probe,
    ProbeKind,
    Role,
    Service,
    Setup,
    Smoke,
    Stack,
    Stage,
    Unmatched,
    Upstream,
    templates,
    variable,
)
from localenv.stubs import roots, server

UPSTREAM_PORT = 80


def plan(description: Description, *, profiles: Sequence[str] = ()) -> Stack:
    """Everything that has to run; services of profiles that are not asked for are left out."""
    models = dict(_active(description, profiles))
    files = dict(_files(description))
    upstreams = {name: _upstream(name, model) for name, model in description.upstreams.items()}
    own = {name: _service(name, model, files) for name, model in models.items()}
    known = {name: _need(description, name, model) for name, model in description.needs.items()}
    return Stack(
        name=description.name,
        env=description.env,
        folder=description.repository,
        services={**_backing(known), **_stub_servers(upstreams), **own},
        needs=known,
        upstreams=upstreams,
        files=files,
        jobs=tuple(_jobs(description, own, files)),
        smoke=tuple(_smokes(description, own, files)),
    )


def _active(description: Description, profiles: Sequence[str]) -> Iterator[tuple[str, ServiceModel]]:
    """As Compose chooses: services without a profile, and those of a profile asked for; `*` asks for all."""
    written = {profile for model in description.services.values() for profile in model.profiles}
    if unknown := sorted(set(profiles) - written - {"*"}):
        known = f"there is {', '.join(sorted(written))}" if written else "the description has none"
        raise UsageError(f"no service has the profile '{unknown[0]}'", hint=known)
    for name, model in description.services.items():
        if not model.profiles or "*" in profiles or set(model.profiles) & set(profiles):
            yield name, model


def _service(name: str, model: ServiceModel, files: Mapping[str, File]) -> Service:
    build = _build(model.build) if model.build else None
    return Service(
        name=name,
        role=Role.SERVICE,
        image=model.image if build is None else None,
        build=build,
        command=model.command,
        entrypoint=model.entrypoint,
        environment=model.environment,
        port=Port(name=name, target=model.port, pinned=model.publish) if model.port else None,
        probe=_probe(model),
        depends_on=tuple(Dependency(name=other, condition=how) for other, how in model.depends_on.items()),
        files=_files_used((model.environment, model.command, model.entrypoint), files),
        compose=model.compose,
        native=_native(model.native) if model.native else None,
        digest=_digest(build, model.native) if build else "",
        at=model.at,
    )


def _build(model: BuildModel) -> Build:
    return Build(
        context=model.context,
        dockerfile=model.dockerfile,
        dockerfile_inline=model.dockerfile_inline,
        target=model.target,
        args=model.args,
    )


def _digest(build: Build, native: NativeModel | None) -> str:
    """Of what an image is built from, and of where its processes run where that is another folder."""
    files = list(inputs.tracked(build.context)) + ([build.dockerfile] if build.dockerfile else [])
    if native and native.working_dir and not native.working_dir.is_relative_to(build.context):
        files += inputs.tracked(native.working_dir)
    return inputs.digest(files, base=build.context, more=build.dockerfile_inline or "")


def _native(model: NativeModel) -> Native:
    return Native(
        working_dir=model.working_dir,
        python=model.python,
        node=model.node,
        setup=tuple(Setup(command=step.command, inputs=tuple(map(Path, step.inputs))) for step in model.setup),
        command=model.command,
    )


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
    return Need(
        name=name,
        kind=model.kind,
        version=model.version,
        image=model.image,
        user=model.user or login,
        password=model.password,
        databases=(login,) if model.databases is None else model.databases,
        extensions=model.extensions,
        keep=model.keep,
        at=model.at,
    )


def _backing(known: Mapping[str, Need]) -> dict[str, Service]:
    kinds = {name: needs.kind(need.kind) for name, need in known.items()}
    return {name: kind.service(known[name], Port(name=name, target=kind.PORT)) for name, kind in kinds.items()}


def _upstream(name: str, model: UpstreamModel) -> Upstream:
    port = model.port or UPSTREAM_PORT
    return Upstream(
        name=name,
        server=server.name(port),
        port=port,
        own_address=model.address == "own",
        roots=model.stubs,
        unmatched=Unmatched(model.unmatched),
        digest=roots.digest(model.stubs),
    )


def _stub_servers(upstreams: Mapping[str, Upstream]) -> dict[str, Service]:
    """One server for all upstreams of one port: a relay in between would turn broken answers into whole ones."""
    answered = {name: [one for one in upstreams.values() if one.server == name] for name in _servers(upstreams)}
    return {name: server.service(name, group) for name, group in answered.items()}


def _servers(upstreams: Mapping[str, Upstream]) -> list[str]:
    return list(dict.fromkeys(upstream.server for upstream in upstreams.values()))


def _files(description: Description) -> Iterator[tuple[str, File]]:
    for kind, models in ((FileKind.SECRET, description.secrets), (FileKind.CONFIG, description.configs)):
        for name, model in models.items():
            yield name, _file(name, kind, model)


def _file(name: str, kind: FileKind, model: FileModel) -> File:
    return File(
        name=name,
        kind=kind,
        generate=model.generate,
        content=model.content,
        file=model.file,
        variable=model.environment,
        at=model.at,
    )


def _files_used(values: object, files: Mapping[str, File]) -> tuple[str, ...]:
    names = (reference.name for template in templates(values) for reference in template.references)
    return tuple(dict.fromkeys(name for name in names if name in files))


def _jobs(description: Description, own: Mapping[str, Service], files: Mapping[str, File]) -> Iterator[Job]:
    left_out = description.services.keys() - own.keys()
    for name, need in description.needs.items():
        for stage, steps in ((Stage.MIGRATE, need.migrate), (Stage.SEED, need.seed)):
            for number, step in enumerate(steps, 1):
                if step.service in left_out:
                    continue
                title = f"{name}.{stage}" if len(steps) == 1 else f"{name}.{stage}.{number}"
                yield _job(title, stage, step, own, files, need=name)
    steps_left = {name: step for name, step in description.jobs.items() if step.service not in left_out}
    yield from _ordered({name: _job(name, Stage.JOB, step, own, files) for name, step in steps_left.items()})


def _ordered(jobs: Mapping[str, Job]) -> Iterator[Job]:
    """As written, but for what depends on others; the description has no cycles."""
    done: dict[str, Job] = {}

    def finish(job: Job) -> None:
        for name in job.depends_on:
            if name in jobs and name not in done:
                finish(jobs[name])
        done.setdefault(job.name, job)

    for job in jobs.values():
        finish(job)
    yield from done.values()


def _job(
    name: str, stage: Stage, step: StepModel, own: Mapping[str, Service], files: Mapping[str, File], need: str = ""
) -> Job:
    place = own.get(step.service or "")
    command: Command = step.command
    inherited = place.files if place else ()
    used = _files_used((command, step.environment), files)
    return Job(
        name=name,
        stage=stage,
        service=step.service or "",
        need=need,
        command=command,
        file=step.file,
        table=step.table,
        environment=step.environment,
        depends_on=step.depends_on,
        files=tuple(dict.fromkeys((*inherited, *used))),
        digest=_job_digest(step, place),
        at=step.at,
    )


def _job_digest(step: StepModel, place: Service | None) -> str:
    said = repr((tuple(map(str, step.command)), step.table, [(k, str(v)) for k, v in step.environment.items()]))
    if step.file:
        return inputs.digest([step.file], base=step.file.parent, more=said)
    if step.inputs is not None:
        return inputs.digest(step.inputs, base=Path("/"), more=said)
    return inputs.digest((), base=Path("/"), more=said + (place.digest if place else ""))


def _smokes(description: Description, own: Mapping[str, Service], files: Mapping[str, File]) -> Iterator[Smoke]:
    """The checks that need nothing of a service that is left out."""
    left_out = description.services.keys() - own.keys()
    for number, model in enumerate(description.smoke, 1):
        check = _smoke(number, model, own, files)
        names = {reference.name for template in templates(check) for reference in template.references}
        if not left_out & (names | ({check.job.service} if check.job else set())):
            yield check


def _smoke(number: int, model: SmokeModel, own: Mapping[str, Service], files: Mapping[str, File]) -> Smoke:
    return Smoke(
        name=f"smoke.{number}",
        method=model.method,
        url=model.url,
        json=model.json_body,
        headers=model.headers,
        status=model.status,
        contains=model.contains,
        upstream=model.upstream,
        requests=model.requests,
        job=_job(f"smoke.{number}", Stage.SMOKE, model.step, own, files) if model.step else None,
        at=model.at,
    )
