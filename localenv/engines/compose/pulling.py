"""Pull images, each once, in parallel."""

from collections.abc import Mapping
from typing import Any

import docker
from docker.errors import DockerException

from localenv.engines import Say
from localenv.engines.compose import images
from localenv.host.background import Streams, side_by_side

_SILENCE = 30.0  # seconds without progress, for example because a registry hangs
_AT_ONCE = 4


def pull(client: docker.DockerClient, missing: Mapping[str, str], say: Say) -> None:
    """Pull images, each for a service; raises NotReadyError with the service and the registry's message."""
    side_by_side(lambda image: _pull(client, image, missing[image], say), missing, at_once=_AT_ONCE)


def _pull(client: docker.DockerClient, image: str, name: str, say: Say) -> None:
    say(image)
    repository, tag = _parts(image)
    try:
        progress: Streams[Any] = Streams(client.api.pull(repository, tag=tag, stream=True, decode=True))
        for message in progress.items(within=_SILENCE):
            if "error" in message:
                raise images.refused(name, image, message["error"])
    except DockerException as error:
        raise images.refused(name, image, getattr(error, "explanation", None) or str(error)) from error
    except TimeoutError:
        raise images.refused(name, image, f"i/o timeout: no data from the registry for {_SILENCE:.0f} s") from None


def _parts(image: str) -> tuple[str, str | None]:
    if "@" in image:
        return image, None
    repository, colon, tag = image.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (image, "latest")
