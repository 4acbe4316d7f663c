"""Decide what each service of a Compose project becomes: a service, a need, an upstream; and its name."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localenv.description.names import NAME, fitted
from localenv.errors import UsageError
from localenv.host import contained
from localenv.importing import images
from localenv.importing.compose import builds, clients, env_files, passing, server_files, upstreams
from localenv.importing.compose.built_needs import built_need
from localenv.importing.compose.files import Project, variables
from localenv.importing.compose.naming import Names
from localenv.importing.compose.needs import NeedSource
from localenv.importing.compose.parts import ProjectSketch
from localenv.importing.compose.secret_files import SecretFiles
from localenv.importing.compose.texts import mapped, text
from localenv.importing.targets import SERVICES

_IMAGE = re.compile(r"[a-z0-9A-Z][a-z0-9A-Z._-]*(:\d+)?(/[a-zA-Z0-9._-]+)*(:[\w.-]+)?(@[\w:+.-]+)?")


def drop(found: ProjectSketch) -> None:
    """Leave out services that cannot be built here, and share builds of one image."""
    project, built = found.project, {}
    for name in found.stubs:
        if name not in project.services:
            raise UsageError(f"no service '{name}' in {found.sketch.source}", hint=f"available: {_listed(project)}")
    for service in project.services.values():
        if service.get("build") and service.get("image"):
            built[text(service["image"])] = service["build"]
    for name, service in [*project.services.items()]:
        if not service.get("build") and text(service.get("image")) in built:
            service["build"] = built[text(service["image"])]
        if name not in found.stubs and not service.get("build"):
            _built_by_hand(found, name, service)
        if name not in found.stubs and (why := _impossible(service, found)):
            _replaced(found, name, service, why)


def _built_by_hand(found: ProjectSketch, name: str, service: dict[str, Any]) -> None:
    """Build an image that a script or text beside the Compose file builds from the Dockerfile there."""
    image = found.project.plain(service.get("image"))
    if image and (where := builds.by_hand(image, found.project)):
        service["build"] = {"context": str(found.project.folder)}
        found.sketch.leave_out(f"{name}: image: {image}", f"it is built from the Dockerfile here, as {where} does")


def _replaced(found: ProjectSketch, name: str, service: dict[str, Any], why: str) -> None:
    """Run the image that Compose would have built, where there is nothing to build it from."""
    project = fitted(found.project.plain(found.project.name)) or fitted(found.project.folder.resolve().name) or "app"
    service.pop("build", None)
    written = text(service.get("image"))
    is_image = "$" in written or _IMAGE.fullmatch(written)
    made = re.sub("[_-]+", "-", f"{project}-{fitted(name) or 'service'}").strip("-")
    service["image"] = written if is_image else made
    found.sketch.leave_out(f"{name}: build", f"{why}; image: {service['image']} stands in its place")


def _listed(project: Project) -> str:
    return ", ".join(sorted(project.services)[:12])


def _impossible(service: Mapping[str, Any], found: ProjectSketch) -> str:
    """Why a service cannot be described; empty if it can."""
    project, build = found.project, mapped(service.get("build"))
    image = project.atoms.read(text(service.get("image")))
    if not build and not (project.atoms.has_atoms(image) or _IMAGE.fullmatch(image)):
        return "it has neither build: nor image:" + (" (provider:)" if service.get("provider") else "")
    if not build:
        return ""
    folder = builds.context(service)
    if folder is None:
        return (
            "" if service.get("image") else f"it is built from {build.get('context')}; clone that into the repository"
        )
    if not contained.is_within(folder, [found.place.repository]):
        return f"its build context {os.path.relpath(folder, found.place.home)} is outside the repository"
    if not folder.is_dir():
        return f"its build context {os.path.relpath(folder, found.place.home)} does not exist"
    if "dockerfile_inline" in build:
        return ""
    named = project.plain(build.get("dockerfile")) or "Dockerfile"
    file = folder / named
    if not file.is_file():
        return f"there is no {named} in {folder.name}"
    return "" if contained.is_within(file, [found.place.repository]) else f"{named} is outside the repository"


def name(found: ProjectSketch) -> None:
    """Give everything a name of its own that a description may have."""
    names = Names()
    project = found.project
    for name in project.services:
        found.names[name] = names.free(name)
    keys = [(section, name) for section in ("secrets", "configs") for name in getattr(project, section)]
    secret_names = {key: names.free(key[1], (f"{key[1]}-{key[0][:-1]}".lower(),)) for key in keys}
    found.secret_files = SecretFiles(project=project, sketch=found.sketch, place=found.place, names=secret_names)
    resolved = project.atoms.plain(project.atoms.read(project.name))
    if NAME.fullmatch(resolved) and len(resolved) < 40:
        found.sketch.document["name"] = resolved


def classify(found: ProjectSketch) -> None:
    """Decide which services become needs and upstreams."""
    atoms = found.project.atoms
    for name, service in found.project.services.items():
        image = atoms.read(text(service.get("image"))) if not service.get("build") else ""
        found.images[name] = image
        parsed = images.parsed(atoms.plain(image))
        if name in found.stubs:
            found.upstreams[name] = None
        elif parsed.repository in images.WIREMOCK and (root := upstreams.root(service, found.place)):
            found.upstreams[name] = root
        elif known := parsed.need if image and not clients.runs_client(service) else None:
            source = _need(found, name, service, parsed, known, atoms.plain(image))
            _add(found, name, source)
        elif built := built_need(service, found.project):
            _add(found, name, _need(found, name, built.service, built.image, built.known, built.name, built.copies))


def _add(found: ProjectSketch, name: str, source: NeedSource) -> None:
    """A need; a server whose files cannot be its settings stays a service."""
    if why := source.own_files.other:
        found.sketch.comment(f"a service, no need of {source.kind}: {why}", SERVICES, source.name)
        return
    found.needs[name] = source
    passwords = dict.fromkeys(source.files.values(), source.name)
    found.secret_files.passwords = {**found.secret_files.passwords, **passwords}


def _need(
    found: ProjectSketch,
    name: str,
    service: Mapping[str, Any],
    image: images.Image,
    known: images.Known,
    full: str,
    copies: Sequence[tuple[Path, str]] = (),
) -> NeedSource:
    project = found.project
    read: dict[str, str] = {}
    for entry in service.get("env_file") or ():
        read |= {
            key: project.atoms.read(value)
            for key, value in variables(project, env_files.existing(Path(entry["path"]))).items()
        }
    written = mapped(service.get("environment"))
    own = {key: passing.own_value(key, value, project) for key, value in written.items()}
    files = {key.removesuffix("_FILE"): value.rpartition("/")[2] for key, value in own.items() if key.endswith("_FILE")}
    return NeedSource(
        name=found.names[name],
        original=name,
        service=service,
        image=image,
        known=known,
        full_image=full,
        variables={**read, **own},
        private=frozenset(read.keys() - own.keys()),
        files=files,
        copies=copies,
        own_files=server_files.read(service, known.kind, copies, project),
    )
