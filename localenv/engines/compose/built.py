"""Whether an image already holds its service's build: Compose would take a second to check that."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from localenv.engines import Deployment
from localenv.engines.compose import bases
from localenv.engines.compose.daemon import Daemon
from localenv.host import files
from localenv.paths import caches
from localenv.rendering import image_name
from localenv.stack import Build, Reader, Service


def mark(image: str) -> Path:
    """The marker file with an image's build digest; its time is that of the last use."""
    return caches.image(sha256(image.encode()).hexdigest()[:16])


def due(daemon: Daemon, deployment: Deployment, names: Sequence[str]) -> Iterator[str]:
    """The services to be built; the images of the others are marked as used."""
    for name in names:
        service = deployment.stack.services[name]
        if service.build is None:
            continue
        image = image_name(deployment.stack, service, deployment.identity)
        there = daemon.image(image)
        known = files.read_json(mark(image))
        wanted = _described(deployment, service, service.build) | _bases(daemon, deployment, service) | {"id": there}
        if there and not deployment.rebuild and known == wanted:
            mark(image).touch()
        else:
            yield name


def record(daemon: Daemon, deployment: Deployment, name: str) -> None:
    """Record that an image holds its service's build."""
    service = deployment.stack.services[name]
    if service.build is not None:
        image = image_name(deployment.stack, service, deployment.identity)
        now = _described(deployment, service, service.build) | _bases(daemon, deployment, service)
        files.write(mark(image), json.dumps(now | {"id": daemon.image(image)}))


def _described(deployment: Deployment, service: Service, build: Build) -> dict[str, str]:
    args = deployment.resolution.mapping(build.args, Reader.INSIDE)
    described = sha256(repr((build, args)).encode(errors="surrogateescape")).hexdigest()
    return {"digest": service.digest, "build": described, "folder": str(deployment.stack.folder)}


def _bases(daemon: Daemon, deployment: Deployment, service: Service) -> dict[str, str]:
    """The current base images of its build."""
    return {"bases": " ".join(f"{name}={daemon.image(name)}" for name in sorted(bases.of(deployment, service)))}
