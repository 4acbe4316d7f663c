"""Which images of services are missing on this machine, and why one cannot be pulled."""

from collections.abc import Sequence
from contextlib import suppress

from localenv.engines import Deployment
from localenv.engines.compose import refusals
from localenv.engines.compose.daemon import Daemon
from localenv.errors import EngineError, LocalenvError, NotReadyError
from localenv.stack import Reader


def missing(daemon: Daemon, deployment: Deployment, names: Sequence[str]) -> dict[str, str]:
    """The images that are not on this machine, each with a service that names it."""
    wanted: dict[str, str] = {}
    for name in names:
        if image := named(deployment, name):
            wanted.setdefault(image, name)
    return {image: name for image, name in wanted.items() if not daemon.image(image)}


def fetched(daemon: Daemon, deployment: Deployment, names: Sequence[str]) -> list[str]:
    """The services whose images are not missing, and those that are built; an image that cannot be had is missing."""
    with suppress(LocalenvError):
        absent = missing(daemon, deployment, names)
        return [name for name in names if named(deployment, name) not in absent]
    return []


def named(deployment: Deployment, name: str) -> str:
    """The image that a service names; empty if it is built."""
    image = deployment.stack.services[name].image
    return "" if image is None else deployment.resolution.text(image, Reader.INSIDE, name)


def refused(name: str, image: str, reason: str) -> LocalenvError:
    """The error for an image that cannot be pulled, with a command to try manually."""
    known = refusals.explained(reason)
    if known and known.is_engine:
        return EngineError(f"{name}: cannot pull image {image}: {known.cause} ({reason})", hint=known.hint)
    what = f"{known.cause} ({reason})" if known else reason
    hint = known.hint if known else "check the name and the network"
    message = f"{name}: cannot pull image {image}: {what}"
    return NotReadyError(message, hint=f"{_of_registry(hint, image)}; try it yourself: docker pull {image}")


def _of_registry(hint: str, image: str) -> str:
    """A hint to `docker login` for the registry of the image, which defaults to Docker Hub."""
    first, slash, _ = image.partition("/")
    is_host = slash and (set(first) & {".", ":"} or first == "localhost")
    return hint.replace("docker login", f"docker login {first}") if is_host else hint
