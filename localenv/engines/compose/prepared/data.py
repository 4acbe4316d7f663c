"""The data of needs as their images initialise it."""

from functools import partial
from hashlib import sha256
from secrets import token_hex

from localenv.engines import Deployment
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.prepared.preparation import Preparation
from localenv.needs.kinds import KINDS
from localenv.paths import caches
from localenv.stack import Reader

_FORMAT = 1  # of the cache


def of(daemon: Daemon, deployment: Deployment, name: str) -> Preparation | None:
    """The data of a need; None if it cannot be copied, or outlives its container."""
    service, need = deployment.stack.services[name], deployment.stack.needs.get(name)
    kind = KINDS[need.kind].initial_data if need else None
    if kind is None or service.image is None or service.volumes:
        return None
    image = deployment.resolution.text(service.image, Reader.INSIDE, name)
    command = deployment.resolution.argv(service.command or (), Reader.INSIDE, name)
    given, password = deployment.resolution.environment(service), deployment.resolution.password(name)
    environment = {key: value for key, value in given.items() if value != password}
    secrets = dict.fromkeys(given.keys() - environment.keys(), token_hex(16))
    about = (_FORMAT, daemon.image(image), sorted(environment.items()), sorted(secrets), tuple(command))
    return Preparation(
        archive=caches.prepared_files(sha256(repr(about).encode(errors="surrogateescape")).hexdigest()[:16]),
        path=kind.FOLDER,
        image=image,
        about=f"the empty data of {image}",
        environment=environment | secrets,
        command=command,
        check=service.own_healthcheck,
        changes={f"{kind.FOLDER}/{kind.FILE}": partial(kind.with_password, password=password)},
    )
