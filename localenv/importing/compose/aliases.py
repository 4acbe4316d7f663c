"""Further names of services on the networks of a Compose project."""

from collections.abc import Iterator

from localenv.description.naming import is_host
from localenv.importing.compose.parts import ProjectSketch
from localenv.importing.compose.texts import mapped


def find(found: ProjectSketch) -> None:
    """Give each alias to the first service that has it; name those that cannot be one."""
    taken = {*found.project.services, *found.names.values()}
    for name in found.services:
        found.aliases[name] = []
        for alias in dict.fromkeys(_written(found, name)):
            if alias in (name, found.names[name]):
                continue
            if alias in taken or not is_host(alias):
                why = "another has this name" if alias in taken else "this is not a valid host name"
                found.sketch.leave_out(f"{name}: alias {alias}", f"{why}; others reach it as {found.names[name]}")
            else:
                taken.add(alias)
                found.aliases[name].append(alias)


def _written(found: ProjectSketch, name: str) -> Iterator[str]:
    service = found.project.services[name]
    for network in mapped(service.get("networks")).values():
        for alias in mapped(network).get("aliases") or ():
            yield found.project.plain(alias)
