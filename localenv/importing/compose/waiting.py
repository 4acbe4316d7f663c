"""Which services start after which, and the further hosts under which they know each other."""

from collections.abc import Mapping, Sequence

from localenv.description.short_forms import CONDITIONS
from localenv.importing.compose import builds, oneshots
from localenv.importing.compose.parts import ProjectSketch
from localenv.importing.compose.texts import mapped, text
from localenv.importing.images import parsed
from localenv.importing.targets import SERVICES

_STARTED, _HEALTHY = CONDITIONS[:2]
_PROXIES = frozenset(
    {"nginx", "nginx-unprivileged", "openresty", "httpd", "caddy", "traefik", "haproxy", "envoy", "kong"}
)


def dependencies(found: ProjectSketch, once: Sequence[str]) -> dict[str, dict[str, str]]:
    """Which services each starts after; needs and upstreams are always there."""
    waits: dict[str, dict[str, str]] = {}
    services = found.services
    for name, service in services.items():
        waits[name] = {}
        for other, how in mapped(service.get("depends_on")).items():
            if other not in found.project.services:
                is_left = f"service {other}" in " ".join(found.sketch.left_out)
                found.sketch.leave_out(f"{name}: depends_on {other}", "" if is_left else "no such service")
            elif other in services and _runs_too(found, name, other):
                written = text(mapped(how).get("condition"))
                written = written if written in CONDITIONS else CONDITIONS[0]
                if written == _STARTED and _leads_to(found, name, other):
                    written = _HEALTHY
                    why = "a server that refuses it once counts as dead for a while"
                    found.sketch.comment(why, SERVICES, found.names[name], "depends_on")
                waits[name][found.names[other]] = oneshots.COMPLETED if other in once else written
    for name in once:
        _waited(found, name, waits, once)
    return waits


def _leads_to(found: ProjectSketch, name: str, other: str) -> bool:
    """Whether a service is a web server that passes requests on to another one."""
    built = builds.dockerfile_of(found.project.services[name], found.project)
    image = built.base if built else found.project.plain(found.project.services[name].get("image"))
    target = found.targets[other]
    is_asked = target.section == SERVICES and target.port is not None and target.is_http
    return is_asked and parsed(image).repository.rpartition("/")[2] in _PROXIES


def _runs_too(found: ProjectSketch, name: str, other: str) -> bool:
    mine, theirs = found.targets[name].profiles, found.targets[other].profiles
    if not theirs or (mine and set(mine) <= set(theirs)):
        return True
    found.sketch.leave_out(f"{name}: depends_on {other}", f"it runs only with the profile {theirs[0]}")
    return False


def _waited(found: ProjectSketch, name: str, waits: dict[str, dict[str, str]], once: Sequence[str]) -> None:
    """Somebody waits for a service that runs once: otherwise its end would be taken for a failure."""
    own = found.names[name]
    if any(own in one for one in waits.values()):
        return
    mine = found.targets[name].profiles
    before = _ancestors(waits, found.originals, name)
    for other in found.services:
        if other != name and other not in before and other not in once and found.targets[other].profiles == mine:
            waits[other][own] = oneshots.COMPLETED
            return
    found.sketch.comment("runs once; up waits for it to stay up: make it one of jobs:", SERVICES, own)


def _ancestors(waits: Mapping[str, Mapping[str, str]], originals: Mapping[str, str], name: str) -> set[str]:
    seen: set[str] = set()
    todo = [name]
    while todo:
        for other in waits.get(todo.pop(), {}):
            if (original := originals.get(other)) and original not in seen:
                seen.add(original)
                todo.append(original)
    return seen


def links(found: ProjectSketch, name: str, waits: Mapping[str, str]) -> list[str]:
    """Other hosts under which a service knows those that it depends on."""
    known = found.originals
    pairs = [
        (own, host)
        for own in waits
        for host in found.links.get(known[own], ())
        if host not in (own, *found.project.services, *found.aliases.get(known[own], ()))
    ]
    for link in found.project.services[name].get("links") or ():
        target, _, alias = found.project.plain(link).partition(":")
        if alias and target in found.names and target not in found.upstreams and alias != target:
            pairs.append((found.names[target], alias))
    return [f"{own}:{host}" for own, host in dict.fromkeys(pairs)]
