"""A stack as text that a person reads and a test compares: the same stack gives the same text, without secrets."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from localenv.needs.kinds import KINDS
from localenv.redaction.stack import concealed
from localenv.stack import (
    Build,
    File,
    Job,
    Need,
    Probe,
    ProbeKind,
    Role,
    Service,
    Smoke,
    Stack,
    Template,
    Upstream,
    permissions,
    shell_line,
)

_UNSEEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]"
)  # would move or hide what is shown


def outline(stack: Stack, *, secrets: bool = False) -> str:
    """All that the description means, in the order written; references stand as `${…}`, paths from the repository.

    What is secret in it is shown only with `secrets`.
    """
    stack = stack if secrets else concealed(stack)
    sections = [
        [f"environment {stack.name}, as {stack.env} describes it"],
        *(["", *_service(service, stack.folder)] for service in stack.of(Role.SERVICE)),
        *(["", *_need(need, stack.services[need.name])] for need in stack.needs.values()),
        *(["", *_upstream(upstream, stack)] for upstream in stack.upstreams.values()),
        *(["", *_file(file, stack.folder)] for file in stack.files.values()),
        _listed("jobs, in this order", (_job(job, stack.folder) for job in stack.jobs)),
        _listed("smoke checks", (_smoke(check) for check in stack.smoke)),
    ]
    text = "\n".join(line for section in sections for line in section) + "\n"
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _service(service: Service, folder: Path) -> Iterator[str]:
    yield f"service {service.name}"
    yield from _build(service.build, folder) if service.build else [f"  image {service.image}"]
    if service.entrypoint:
        yield f"  entrypoint {shell_line(service.entrypoint)}"
    if service.command:
        yield f"  command {shell_line(service.command)}"
    for port in service.ports:
        yield f"  port {port.target}" + (f", published on {port.pinned}" if port.pinned else "")
    if service.own_address:
        yield "  natively at an address of its own"
    yield f"  ready when {_probe(service.probe)}"
    for dependency in service.depends_on:
        yield f"  after {dependency.name} ({dependency.condition.removeprefix('service_')})"
    yield from _variables(service.environment)
    if service.files:
        yield f"  files {', '.join(service.files)}"
    if service.compose:
        yield f"  compose keys {', '.join(service.compose)}"
    if asked := list(_permissions(service, folder)):
        yield f"  permissions {', '.join(asked)}"
    yield from _native(service, folder)


def _permissions(service: Service, folder: Path) -> Iterator[str]:
    """What the user's own settings allow it beyond a container of its own."""
    yield from dict.fromkeys(one.permission for one in permissions.asked(service.compose))
    bound = [source for source in map(permissions.bound, service.compose.get("volumes", ())) if source is not None]
    for source in dict.fromkeys(bound):
        if not Path(source).resolve().is_relative_to(folder.resolve()):
            yield source


def _build(build: Build, folder: Path) -> Iterator[str]:
    target = f", target {build.target}" if build.target else ""
    dockerfile = f", by {_path(build.dockerfile, folder)}" if build.dockerfile else ""
    inline = ", by a Dockerfile in the description" if build.dockerfile_inline else ""
    yield f"  built from {_path(build.context, folder)}{dockerfile}{inline}{target}"
    for name, text in build.args.items():
        yield f"    {name}={_value(text)}"


def _native(service: Service, folder: Path) -> Iterator[str]:
    native = service.native
    if native is None:
        return
    if native.working_dir:
        yield f"  natively in {_path(native.working_dir, folder)}"
    if native.python or native.node:
        yield f"  natively on {f'Python {native.python}' if native.python else f'Node {native.node}'}"
    for step in native.setup:
        yield f"  natively after {shell_line(step.command)}"
    if native.command:
        yield f"  natively {shell_line(native.command)}"


def _need(need: Need, service: Service) -> Iterator[str]:
    yield f"need {need.name}: {need.kind} {need.version}"
    if service.image:
        yield f"  image {service.image}"
    kind = KINDS[need.kind]
    if need.user and kind.LOGIN and kind.LOGIN.has_user:
        yield f"  user {need.user}"
    if need.password is not None:
        yield f"  password {_value(need.password)}"
    if need.databases and kind.HAS_DATABASES:
        yield f"  databases {', '.join(need.databases)}"
    if need.extensions:
        yield f"  extensions {', '.join(need.extensions)}"
    if need.keep:
        yield "  its data is kept"


def _upstream(upstream: Upstream, stack: Stack) -> Iterator[str]:
    yield f"upstream {upstream.name}: port {upstream.port}, unmatched requests {upstream.unmatched}"
    for root in upstream.roots:
        yield f"  stubs {_path(root, stack.folder)}"
    if upstream.own_address:
        yield "  natively at an address of its own"


def _file(file: File, folder: Path) -> Iterator[str]:
    """What it holds is never shown."""
    if file.generate:
        origin = f"generated ({file.generate})"
    elif file.file:
        origin = f"the file {_path(file.file, folder)}"
    elif file.variable:
        origin = f"the variable {file.variable}"
    else:
        references = ", ".join(map(str, file.content.references)) if file.content else ""
        origin = "written in the description" + (f", with {references}" if references else "")
    yield f"{file.kind} {file.name}: {origin}"


def _job(job: Job, folder: Path) -> Iterator[str]:
    what = f"{_path(job.file, folder)} into {job.need}" if job.file else f"{shell_line(job.command)} in {job.service}"
    yield f"{job.name}: {what}" + (f", table {job.table}" if job.table else "")
    for name, text in job.environment.items():
        yield f"  {name}={_value(text)}"
    if job.depends_on:
        yield f"  after {', '.join(job.depends_on)}"


def _smoke(check: Smoke) -> Iterator[str]:
    if check.upstream:
        yield f"{check.upstream} was sent {_times(check.requests)}"
    elif check.job:
        yield f"{shell_line(check.job.command)} in {check.job.service}"
    else:
        contains = f", with {check.contains!r} in it" if check.contains else ""
        url = _shown(check.url) if check.url else ""
        yield f"{check.method} {url} answers {_statuses(check.status)}{contains}"


def _times(requests: int | None) -> str:
    if requests is None:
        return "at least one request"
    return f"{requests} request{'' if requests == 1 else 's'}"


def _probe(probe: Probe) -> str:
    within = f", within {probe.timeout:g} s" if probe.timeout else ""
    match probe.kind:
        case ProbeKind.HTTP:
            host = f" for {probe.host}" if probe.host else ""
            answer = _statuses(probe.status) if probe.status or probe.any_success else "anything"
            return f"GET {probe.path}{host} answers {answer}{within}"
        case ProbeKind.TCP:
            return f"it takes connections{within}"
        case ProbeKind.COMMAND:
            return f"{shell_line(probe.command)} exits with 0{within}"
        case _:
            return f"it stays up{within}"


def _statuses(status: tuple[int, ...]) -> str:
    return " or ".join(map(str, status)) or "2xx"


def _variables(environment: Mapping[str, Template]) -> Iterator[str]:
    if environment:
        yield "  environment"
    for name, text in environment.items():
        yield f"    {name}={_value(text)}"


def _value(text: Template) -> str:
    shown = _shown(text)
    return json.dumps(shown, ensure_ascii=False) if "\n" in shown else shown


def _shown(text: Template) -> str:
    return "".join(map(str, text.parts))


def _path(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _listed(title: str, items: Iterator[Iterator[str]]) -> list[str]:
    lines = [f"  {line}" for item in items for line in item]
    return ["", title, *lines] if lines else []
