"""The base images of a build with their current ids: a changed tag leads to a different image."""

import re
from collections.abc import Iterator, Mapping

from localenv.engines import Deployment
from localenv.engines.compose.daemon import Daemon
from localenv.stack import Build, Reader, Service

_LINE_ENDS = re.compile(r"[\\`][ \t]*\n(?:[ \t]*#.*\n)*")
_ARG = re.compile(r"\s*ARG\s+(\w+)(?:=(\S*))?", re.IGNORECASE)
_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_OTHER = re.compile(r"\s*(?:COPY|ADD|RUN)\s.*?(?:--from=|\bfrom=)([^\s,]+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^}]*))?\})")
_NO_IMAGE = frozenset({"scratch"})


def ids(daemon: Daemon, deployment: Deployment) -> dict[str, str]:
    """For each built service, the base images that exist on this machine, as `name=id`."""
    known: dict[str, str] = {}
    found: dict[str, str] = {}
    for service in deployment.stack.services.values():
        names = sorted(of(deployment, service)) if service.build else []
        known |= {name: daemon.image(name) for name in names if name not in known}
        if names:
            found[service.name] = " ".join(f"{name}={known[name]}" for name in names)
    return found


def of(deployment: Deployment, service: Service) -> frozenset[str]:
    """The names of the base images of a service's build."""
    build = service.build
    if build is None:
        return frozenset()
    return frozenset(named(_text(build), deployment.resolution.mapping(build.args, Reader.INSIDE)))


def named(dockerfile: str, args: Mapping[str, str]) -> Iterator[str]:
    """The images that a Dockerfile names, without its own stages."""
    values: dict[str, str] = {}
    stages: set[str] = set()
    for line in _LINE_ENDS.sub(" ", dockerfile).splitlines():
        if (found := _ARG.match(line)) and not stages:
            values[found[1]] = args.get(found[1], _filled((found[2] or "").strip("\"'"), values))
        elif found := _FROM.match(line):
            yield from _image(_filled(found[1], values), stages)
            stages |= {(found[2] or str(len(stages))).lower(), str(len(stages))}
        elif found := _OTHER.match(line):
            yield from _image(_filled(found[1], values), stages)


def _image(name: str, stages: set[str]) -> Iterator[str]:
    if name and not name.isdigit() and name.lower() not in stages | _NO_IMAGE:
        yield name


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], "") or found[3] or "", text)


def _text(build: Build) -> str:
    file = build.file
    if file is None:
        return build.dockerfile_inline or ""
    return file.read_text(errors="replace") if file.is_file() else ""
