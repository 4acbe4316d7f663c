"""At which hosts and ports the services of a Compose project are reached."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.importing import images
from localenv.importing.compose import builds, clients, env_files, healthchecks, needs, oneshots, ports
from localenv.importing.compose.files import Project, variables
from localenv.importing.compose.parts import ProjectSketch
from localenv.importing.compose.ports import PortSource
from localenv.importing.compose.texts import mapped, text
from localenv.importing.targets import SERVICES, UPSTREAMS, Reachable

_PROFILE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_REFERRED = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^@/\s]*@)?)?(?P<host>[A-Za-z0-9_.-]+):(?P<port>\d{2,5})(?!\d)"
)


def reach(found: ProjectSketch) -> None:
    """Decide at which hosts and ports everything is reached."""
    project = found.project
    for name, service in project.services.items():
        if name in found.needs:
            found.targets[name] = needs.target(found.needs[name], project)
        elif name in found.upstreams:
            found.targets[name] = Reachable(name=found.names[name], section=UPSTREAMS, port=None)
        else:
            found.targets[name] = _target(found, name, service)
    linked = _linked(found)
    for name, service in project.services.items():
        for host in (name, *_further(found, name, service), *linked.get(name, ())):
            found.hosts.setdefault(host.lower(), found.targets[name])
    _infer_from_checks(found)
    _infer(found)


def _infer_from_checks(found: ProjectSketch) -> None:
    """The port that its health check asks, of a service that declares none.

    Not if another program has the same check: then it stands in an anchor, and may be meant for the other alone.
    """
    project = found.project
    programs: dict[str, set[str]] = {}
    for service in project.services.values():
        shown = "".join(str(service.get(key)) for key in ("build", "image", "command", "entrypoint"))
        programs.setdefault(str(service.get("healthcheck")), set()).add(shown)
    for name, service in found.services.items():
        port = healthchecks.asked_port(mapped(service.get("healthcheck")), project)
        target = found.targets[name]
        if port and target.port is None and len(programs[str(service.get("healthcheck"))]) == 1:
            target.port = port


def _target(found: ProjectSketch, name: str, service: Mapping[str, Any]) -> Reachable:
    declared, left = ports.of(service, found.project)
    for one, why in left.items():
        found.sketch.leave_out(f"{name}: port {one}", why)
    image = images.parsed(found.project.atoms.plain(found.images[name]))
    server = image.server if found.images[name] and not clients.runs_client(service) else None
    main = ports.main(declared, server)
    others = [one for one in declared if main is None or one.target != main.target]
    known = {number: label for label, number in (server.ports if server else {}).items()}
    further = ports.names(others)
    further |= {number: label for number, label in known.items() if main is None or number != main.target}
    is_its_own = server is not None and main is not None and main.target == server.port
    is_http = bool(server and server.is_http) if is_its_own else main is None or images.speaks_http(main.target)
    base = builds.dockerfile_of(service, found.project)
    if "fpm" in f"{image.tag} {base.base if base else ''}":
        is_http = False  # FastCGI
    if healthchecks.asks_only_port(mapped(service.get("healthcheck")), found.project):
        is_http = False  # then its URL has no scheme of HTTP
    return Reachable(
        name=found.names[name],
        section=SERVICES,
        port=main.target if main else None,
        ports=further,
        profiles=_profiles(found.project, service),
        is_http=is_http,
        published={one.published: one.target for one in declared if one.published},
    )


def _profiles(project: Project, service: Mapping[str, Any]) -> tuple[str, ...]:
    """The profiles of a service; none for one that the project's own variables turn on."""
    active = project.plain("${COMPOSE_PROFILES:-}").split(",")
    written = tuple(one for one in map(project.plain, service.get("profiles") or ()) if _PROFILE.fullmatch(one))
    return () if set(written) & {one.strip() for one in active} else written


def _further(found: ProjectSketch, name: str, service: Mapping[str, Any]) -> Iterator[str]:
    """Further hosts of a service: its container, its aliases."""
    for key in ("container_name", "hostname"):
        if host := found.project.plain(service.get(key)):
            found.links.setdefault(name, []).append(host)
            yield host
    for network in mapped(service.get("networks")).values():
        for alias in mapped(network).get("aliases") or ():
            found.links.setdefault(name, []).append(found.project.plain(alias))
            yield found.project.plain(alias)
        if mapped(network).get("ipv4_address"):
            found.sketch.leave_out(f"{name}: ipv4_address", "each environment has its own network")


def _linked(found: ProjectSketch) -> dict[str, list[str]]:
    """The names that other services give to each by a link."""
    names: dict[str, list[str]] = {}
    for service in found.project.services.values():
        for link in service.get("links") or ():
            target, colon, alias = found.project.plain(link).partition(":")
            if colon:
                names.setdefault(target, []).append(alias)
    return names


def _infer(found: ProjectSketch) -> None:
    """Ports that other services refer to, of services that declare none or others."""
    atoms = found.project.atoms
    for name, service in found.project.services.items():
        written = mapped(service.get("environment"))
        words = [text(value) for value in written.values()]
        words += [text(one) for key in ("command", "entrypoint") for one in _items(service.get(key))]
        for entry in service.get("env_file") or ():
            words += variables(found.project, env_files.existing(Path(entry["path"]))).values()
        for match in (one for word in words for one in _REFERRED.finditer(atoms.resolved(atoms.read(word)))):
            target, port = found.hosts.get(match["host"].lower()), int(match["port"])
            if target is None or target.section != SERVICES or port in (target.port, *target.ports):
                continue
            if target is found.targets[name] and target.port is not None:
                continue
            is_web = match["scheme"] in ("http", "https", "ws", "wss")
            if target.port is None and not oneshot(found, target):
                target.port = port
                target.is_http = is_web and images.speaks_http(port)
                asker = "its own variables name it" if target is found.targets[name] else f"{name} asks it there"
                found.sketch.comment(f"not certain: {asker}", SERVICES, target.name, "port")
            elif target.port is not None:
                target.ports |= ports.names([PortSource(target=port)], target.ports.values())


def oneshot(found: ProjectSketch, target: Reachable) -> bool:
    """Whether a service runs once, so that nobody can reach it."""
    return any(found.names[name] == target.name for name in oneshots.found(found.services))


def _items(written: Any) -> list[Any]:
    return list(written) if isinstance(written, list | tuple) else [] if written is None else [written]
