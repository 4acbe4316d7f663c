"""Format a stack as text for people and tests: equal stacks give equal text, without secrets."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from localenv.errors.counting import counted
from localenv.host import contained
from localenv.needs.kinds import KINDS
from localenv.planner import job_lines
from localenv.planner.values import line, path, rest, scalar, shown_text, variables
from localenv.redaction.stack import concealed, without_secrets
from localenv.stack import (
    Build,
    File,
    Need,
    Probe,
    ProbeKind,
    Role,
    Service,
    Smoke,
    Stack,
    Upstream,
    permissions,
    shell_line,
)

_UNSEEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]"
)  # these would move or hide the following text

# keys that have a separate format below, or follow from others; every other key is shown by its name
_OF_SERVICE = {
    "name", "role", "image", "build", "command", "entrypoint", "environment", "port", "extra_ports", "probe",
    "depends_on", "files", "compose", "native", "own_address", "digest", "overlaid",
}  # fmt: skip
_OF_NEED = {
    "name",
    "kind",
    "version",
    "user",
    "password",
    "databases",
    "extensions",
    "image",
    "keep",
    "port",
    "own_address",
}
_OF_UPSTREAM = {"name", "server", "port", "own_address", "sources", "unmatched", "digest", "proxies", "is_templated"}
_OF_SMOKE = {"name", "method", "url", "status", "contains", "json", "upstream", "requests", "job"}


def outline(
    stack: Stack,
    *,
    secrets: bool = False,
    due: Mapping[str, Sequence[str]] | None = None,
    writers: Collection[str] = (),
) -> str:
    """Everything that the description defines, in the order written; references stay `${…}`, paths are relative.

    Secrets are shown only with `secrets`. `due` has the reasons for each service's steps, and for each job, by name;
    `writers` are jobs that have written files of the code.
    """
    due, written = due or {}, stack
    stack = stack if secrets else concealed(stack)
    sections = [
        [f"environment {stack.name}, as {stack.env} describes it"],
        *(["", *_service(one, stack.folder, due.get(one.name, ()))] for one in stack.of(Role.SERVICE)),
        *(["", *_need(need, stack.services[need.name], stack.folder)] for need in stack.needs.values()),
        *(["", *_upstream(upstream, stack)] for upstream in stack.upstreams.values()),
        *(["", *_file(file, stack.folder)] for file in stack.files.values()),
        _listed("jobs, in this order", job_lines.jobs(stack, due, writers)),
        _listed("jobs and seeds of provider states", job_lines.jobs_of_states(stack)),
        _listed("flags", map(iter, _flags(stack))),
        _listed("profiles of failures", (iter([f"{name}: {' '.join(words)}"]) for name, words in stack.faults.items())),
        _listed("scenarios", map(iter, _scenarios(stack))),
        _listed("notes", (iter([line(note)]) for note in stack.notes)),
        _listed("smoke checks", (_smoke(check, stack.folder) for check in stack.smoke)),
    ]
    text = "\n".join(one for section in sections for one in section) + "\n"
    text = text if secrets else without_secrets(text, written)
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _scenarios(stack: Stack) -> Iterator[list[str]]:
    for name, one in stack.scenarios.items():
        stubs = [(upstream, path(folder, stack.folder)) for upstream, some in one.stubs.items() for folder in some]
        parts = [f"stubs of {upstream} {folder}" for upstream, folder in stubs]
        parts += [f"flag {flag} {json.dumps(value)}" for flag, value in json.loads(one.flags or "{}").items()]
        parts += [f"fault {subject} {' '.join(words)}" for subject, words in one.faults.items()]
        yield [f"{name}: {one.about}" if one.about else name, *(f"  {part}" for part in parts)]


def _flags(stack: Stack) -> Iterator[list[str]]:
    for name, flag in json.loads(stack.flags or "{}").get("flags", {}).items():
        rules = ", with rules" if flag.get("targeting") else ""
        yield [f"{name}: {flag.get('defaultVariant')} of {', '.join(flag['variants'])}{rules}"]


def _service(service: Service, folder: Path, due: Sequence[str]) -> Iterator[str]:
    yield f"service {service.name}"
    yield from _build(service.build, folder) if service.build else [f"  image {service.image}"]
    if service.entrypoint:
        yield f"  entrypoint {shell_line(service.entrypoint)}"
    if service.command:
        yield f"  command {shell_line(service.command)}"
    for port in service.ports:
        name = port.name.removeprefix(service.name).removeprefix(".")
        pinned = f", published on {port.pinned}" if port.pinned else ""
        yield f"  port {f'{name} ' if name else ''}{port.target}{pinned}"
    if service.own_address:
        yield "  on this machine at a separate address"
    yield f"  ready when {_probe(service.probe)}"
    for dependency in service.depends_on:
        yield f"  after {dependency.name} ({dependency.condition.removeprefix('service_')})"
    yield from variables("environment", service.environment, folder)
    if service.files:
        yield f"  files {', '.join(service.files)}"
    if service.compose:
        yield f"  compose keys {', '.join(service.compose)}"
    if asked := list(_permissions(service, folder)):
        yield f"  permissions {', '.join(asked)}"
    yield from _native(service, folder, due)
    yield from rest(service, _OF_SERVICE, folder)
    if service.port:
        yield from rest(service.port, ("name", "target", "pinned"), folder)
    yield from rest(service.probe, ("kind", "path", "status", "any_success", "host", "command", "timeout"), folder)


def _permissions(service: Service, folder: Path) -> Iterator[str]:
    """The permissions of a service from the user's own settings."""
    yield from ("ssh",) if service.build and service.build.ssh else ()
    yield from dict.fromkeys(one.permission for one in permissions.asked(service.compose))
    bound = [source for source in map(permissions.bound, service.compose.get("volumes", ())) if source is not None]
    for source in dict.fromkeys(bound):
        if not contained.is_within(Path(source), [folder]):
            yield source


def _build(build: Build, folder: Path) -> Iterator[str]:
    if build.file and not build.file.exists():
        yield f"  runs in {path(build.context, folder)}, without an image: natively only"
        return
    target = f", target {build.target}" if build.target else ""
    dockerfile = f", by {path(build.dockerfile, folder)}" if build.dockerfile else ""
    inline = ", by a Dockerfile in the description" if build.dockerfile_inline else ""
    yield f"  built from {path(build.context, folder)}{dockerfile}{inline}{target}"
    for name, text in build.args.items():
        yield f"    {name}={line(text)}"
    yield from rest(build, ("context", "dockerfile", "dockerfile_inline", "target", "args"), folder)


def _native(service: Service, folder: Path, due: Sequence[str]) -> Iterator[str]:
    native = service.native
    if native is None:
        return
    if native.working_dir:
        yield f"  natively in {path(native.working_dir, folder)}"
    if native.python or native.node:
        yield f"  natively on {f'Python {native.python}' if native.python else f'Node {native.node}'}"
    for number, step in enumerate(native.setup):
        why = due[number] if number < len(due) else ""
        yield f"  natively after {shell_line(step.command)}" + (f" (due: {why})" if why else "")
        inputs = job_lines.some(tuple(step.inputs))
        yield f"    again after a change of {inputs}" if inputs else "    once: it has no inputs"
        yield from (f"  {one}" for one in rest(step, ("command",), folder))
    if native.command:
        yield f"  natively {shell_line(native.command)}"
    yield from variables("natively environment", native.environment, folder)
    yield from rest(native, ("working_dir", "python", "node", "setup", "command", "environment"), folder)


def _need(need: Need, service: Service, folder: Path) -> Iterator[str]:
    yield f"need {need.name}: {need.kind} {need.version}"
    if service.image:
        yield f"  image {service.image}"
    kind = KINDS[need.kind]
    if need.user and kind.login and kind.login.has_user:
        yield f"  user {need.user}"
    if need.password is not None:
        yield "  no password" if need.is_open else f"  password {line(need.password)}"
    if need.databases and kind.has_databases:
        yield f"  databases {', '.join(need.databases)}"
    if need.extensions:
        yield f"  extensions {', '.join(need.extensions)}"
    if need.strict:
        yield f"  version {need.version} is required natively too"
    if need.port:
        yield f"  port {need.port}"
    if need.own_address:
        yield "  on this machine at a separate address"
    if need.keep:
        yield "  its data is kept"
    yield from rest(need, _OF_NEED, folder)


def _upstream(upstream: Upstream, stack: Stack) -> Iterator[str]:
    yield f"upstream {upstream.name}: port {upstream.port}, unmatched requests {upstream.unmatched}"
    for source in upstream.sources:
        yield f"  {source.kind} {_source_value(source.value, stack.folder)}"
        for key, value in source.options.items():
            yield f"    {key} {_source_value(value, stack.folder)}"
    for proxied in upstream.proxies:
        yield f"  some requests are proxied to {proxied}"
    if upstream.is_templated:
        yield "  every stub is a template"
    if upstream.own_address:
        yield "  on this machine at a separate address"
    yield from rest(upstream, _OF_UPSTREAM, stack.folder)


def _source_value(value: Path | str | bool, folder: Path) -> str:
    """The value of a stub source in the description."""
    if isinstance(value, Path):
        return path(value, folder)
    return str(value).lower() if isinstance(value, bool) else value


def _file(file: File, folder: Path) -> Iterator[str]:
    """A file's settings, never its content."""
    if file.generate:
        origin = f"generated ({file.generate})"
    elif file.file:
        origin = f"the file {path(file.file, folder)}"
    elif file.variable:
        origin = f"the variable {file.variable}"
    else:
        references = ", ".join(map(str, file.content.references)) if file.content else ""
        origin = "written in the description" + (f", with {references}" if references else "")
    yield f"{file.kind} {file.name}: {origin}"
    yield from rest(file, ("name", "kind", "generate", "content", "file", "variable"), folder)


def _smoke(check: Smoke, folder: Path) -> Iterator[str]:
    if check.upstream:
        yield f"{check.upstream} was sent {_times(check.requests)}"
    elif check.job:
        yield f"{shell_line(check.job.command)} in {check.job.service}"
    else:
        contains = f", with {check.contains!r} in it" if check.contains else ""
        url = shown_text(check.url) if check.url else ""
        yield f"{check.method} {url} answers {_statuses(check.status)}{contains}"
    if check.job:
        yield from rest(check.job, (*job_lines.OF_JOB, "name", "environment"), folder)
        yield from variables("environment", check.job.environment, folder)
    if check.json is not None:
        yield f"  json {scalar(check.json, folder)}"
    yield from rest(check, _OF_SMOKE, folder)


def _times(requests: int | None) -> str:
    if requests is None:
        return "at least one request"
    return counted(requests, "request")


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


def _listed(title: str, items: Iterator[Iterator[str]]) -> list[str]:
    lines = [f"  {one}" for item in items for one in item]
    return ["", title, *lines] if lines else []
