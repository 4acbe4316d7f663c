"""Pull images, each once, in parallel."""

from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound

from localenv.engines import Deployment, Say
from localenv.engines.compose import refusals
from localenv.errors import EngineError, LocalenvError, NotReadyError
from localenv.host.background import Streams, side_by_side
from localenv.stack import Reader

_SILENCE = 30.0  # seconds without progress, for example because a registry hangs
_AT_ONCE = 4


def ensure(client: docker.DockerClient, deployment: Deployment, names: Sequence[str], say: Say) -> None:
    """Pull missing images; raises NotReadyError with the service and the registry's message."""
    wanted: dict[str, str] = {}
    for name in names:
        if image := _image(deployment, name):
            wanted.setdefault(image, name)
    missing = {image: name for image, name in wanted.items() if not _is_here(client, image, name)}
    side_by_side(lambda image: _pull(client, image, missing[image], say), missing, at_once=_AT_ONCE)


def fetched(client: docker.DockerClient, deployment: Deployment, names: Sequence[str]) -> list[str]:
    """The services whose images are not missing, and those that are built; an image that cannot be had is missing."""
    wanted = {name: _image(deployment, name) for name in names}
    with suppress(DockerException, LocalenvError):
        there = {image: _is_here(client, image, name) for name, image in wanted.items() if image}
        return [name for name, image in wanted.items() if not image or there[image]]
    return []


def _image(deployment: Deployment, name: str) -> str:
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


def _is_here(client: docker.DockerClient, image: str, name: str) -> bool:
    try:
        client.api.inspect_image(image)
    except ImageNotFound:
        return False
    except APIError as error:
        if error.status_code != HTTPStatus.BAD_REQUEST:
            raise
        raise refused(name, image, str(error.explanation)) from error
    return True


def _pull(client: docker.DockerClient, image: str, name: str, say: Say) -> None:
    say(image)
    repository, tag = _parts(image)
    try:
        progress: Streams[Any] = Streams(client.api.pull(repository, tag=tag, stream=True, decode=True))
        for message in progress.items(within=_SILENCE):
            if "error" in message:
                raise refused(name, image, message["error"])
    except DockerException as error:
        raise refused(name, image, getattr(error, "explanation", None) or str(error)) from error
    except TimeoutError:
        raise refused(name, image, f"i/o timeout: no data from the registry for {_SILENCE:.0f} s") from None


def _parts(image: str) -> tuple[str, str | None]:
    if "@" in image:
        return image, None
    repository, colon, tag = image.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (image, "latest")


def _of_registry(hint: str, image: str) -> str:
    """A hint to `docker login` for the registry of the image, which defaults to Docker Hub."""
    first, slash, _ = image.partition("/")
    is_host = slash and (set(first) & {".", ":"} or first == "localhost")
    return hint.replace("docker login", f"docker login {first}") if is_host else hint
