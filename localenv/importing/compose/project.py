"""Sketch a description of a Compose project."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localenv.importing import Checkout
from localenv.importing.compose import (
    aliases,
    classifying,
    needs,
    oneshots,
    outside,
    reaching,
    services,
    upstreams,
    waiting,
)
from localenv.importing.compose.files import Project
from localenv.importing.compose.parts import ProjectSketch
from localenv.importing.compose.services import ServiceSource, Writing
from localenv.importing.compose.texts import mapped
from localenv.importing.sketch import Sketch
from localenv.importing.targets import SERVICES


def sketched(project: Project, source: Path, place: Checkout, stubs: Sequence[str] = ()) -> Sketch:
    """The sketch; raises UsageError for a stub of something that is no service."""
    shown = source.relative_to(place.home).as_posix() if source.is_relative_to(place.home) else source.name
    sketch = Sketch(source=shown)
    for line in project.left_out:
        sketch.leave_out(line)
    found = ProjectSketch(project=project, sketch=sketch, place=place, stubs=stubs)
    classifying.drop(found)
    classifying.name(found)
    classifying.classify(found)
    reaching.reach(found)
    aliases.find(found)
    _write(found)
    outside.mark(found)
    _name_variables(found)
    return sketch


def _name_variables(found: ProjectSketch) -> None:
    """Name the variables that localenv does not find, for it reads `.env` beside `envs/`, and of the repository."""
    own = {(folder / ".env").resolve() for folder in (found.place.home, found.place.repository)}
    files: dict[Path, list[str]] = {}
    for name in sorted(found.project.atoms.variables):
        file = found.project.variables.get(name)
        if file and file.resolve() not in own and f"env.{name}:" in str(found.sketch.document):
            files.setdefault(file, []).append(name)
    for file, names in files.items():
        shown = file.relative_to(found.place.repository) if file.is_relative_to(found.place.repository) else file
        found.sketch.leave_out(
            f"{', '.join(names)} of {shown}", "localenv reads the .env beside envs/ and that of the repository"
        )


def _write(found: ProjectSketch) -> None:
    project, sketch = found.project, found.sketch
    writing = Writing(
        project=project,
        sketch=sketch,
        place=found.place,
        hosts=found.hosts,
        secrets=found.secret_files,
        names=found.names,
    )
    once = [*oneshots.found(found.services)]
    waits = waiting.dependencies(found, once)
    sketch.section(SERVICES)
    for name, service in found.services.items():
        services.write(
            ServiceSource(
                name=found.names[name],
                original=name,
                service=service,
                target=found.targets[name],
                depends_on=waits[name],
                aliases=found.aliases[name],
                links=waiting.links(found, name, waits[name]),
                image=found.images[name],
                trusting=_trusting(found, service),
            ),
            writing,
        )
    for name, need in found.needs.items():
        needs.write(need, found.targets[name], project, sketch, found.place)
    _drop_unsafe_restarts(found)
    for name, root in found.upstreams.items():
        upstreams.write(found.names[name], root, project.services[name], found)
    for name, network in project.networks.items():
        if network.get("external"):
            sketch.leave_out(f"network {name}", "it is external; each environment has its own network")
    for name, volume in project.volumes.items():
        if volume.get("external") or volume.get("driver_opts"):
            sketch.leave_out(f"volume {name}: external or driver_opts", "each environment has its own volumes")


def _trusting(found: ProjectSketch, service: Mapping[str, Any]) -> list[str]:
    """The PostgreSQL needs that a service depends on and that have no password in the Compose file."""
    before = mapped(service.get("depends_on"))
    known = [found.needs[name] for name in before if name in found.needs]
    return [one.name for one in known if one.kind == "postgres" and not found.targets[one.original].passwords]


def _drop_unsafe_restarts(found: ProjectSketch) -> None:
    """Take `restart` from services that mount something below what a service can write to.

    It could put a link in its place, which Docker would follow when it starts the other again.
    """
    bound = {
        name: [
            (Path(str(one["source"])).resolve(), not one.get("read_only"))
            for one in service.get("volumes") or ()
            if one.get("type") == "bind" and one.get("source")
        ]
        for name, service in found.services.items()
    }
    writable = {path for one in bound.values() for path, is_writable in one if is_writable}
    for name, one in bound.items():
        compose = found.sketch.section(SERVICES)[found.names[name]].get("compose", {})
        if "restart" in compose and any(writable & {*path.parents} for path, _ in one):
            del compose["restart"]
            found.sketch.leave_out(f"{name}: restart", "it mounts something below a folder that a service may change")
