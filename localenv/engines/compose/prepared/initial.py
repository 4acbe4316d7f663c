"""The data that the image of a need creates at its first start."""

from functools import partial
from hashlib import sha256

from localenv.engines import Deployment
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.prepared.preparation import Preparation
from localenv.needs.kinds import KINDS
from localenv.paths import caches
from localenv.stack import Reader

_FORMAT = 1  # of the cache
_PASSWORD = "replaced in every copy"  # noqa: S105 - of no server that runs


def of(daemon: Daemon, deployment: Deployment, name: str) -> Preparation | None:
    """The data for its image, user, database and command; None if it may hold more, or is kept."""
    need, service, resolution = deployment.stack.needs.get(name), deployment.stack.services[name], deployment.resolution
    data = KINDS[need.kind].initial if need else None
    if need is None or data is None or not data.is_known(need) or need.keep or service.image is None:
        return None
    image = resolution.text(service.image, Reader.INSIDE, name)
    environment = resolution.environment(service)
    password, environment[data.variable] = environment[data.variable], _PASSWORD
    command = resolution.argv(service.command or (), Reader.INSIDE, name)
    about = (_FORMAT, data.script(), daemon.image(image), sorted(environment.items()), command)
    return Preparation(
        archive=caches.prepared_files(sha256(repr(about).encode()).hexdigest()[:16]),
        path=data.folder,
        is_folder=True,
        image=image,
        about=f"the empty data of {image}, user {need.user}, database {need.database or need.user}",
        environment=environment,
        entrypoint=["sh", "-ec", data.script(), "sh", *command],
        finish=partial(data.with_password, password),
    )
