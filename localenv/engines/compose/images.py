"""Images that are pulled, each once, side by side."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import docker
from docker.errors import DockerException, ImageNotFound

from localenv.engines import Deployment, Say
from localenv.errors import NotReadyError
from localenv.stack import Reader


def ensure(client: docker.DockerClient, deployment: Deployment, names: Sequence[str], say: Say) -> None:
    """Pull what is missing; raises NotReadyError naming the service and the registry's words."""
    wanted: dict[str, str] = {}
    for name in names:
        image = deployment.stack.services[name].image
        if image is not None:
            wanted.setdefault(deployment.settlement.text(image, Reader.INSIDE, name), name)
    missing = {image: name for image, name in wanted.items() if not _is_here(client, image)}
    if missing:
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(lambda image: _pull(client, image, missing[image], say), missing))


def _is_here(client: docker.DockerClient, image: str) -> bool:
    try:
        client.api.inspect_image(image)
    except ImageNotFound:
        return False
    return True


def _pull(client: docker.DockerClient, image: str, name: str, say: Say) -> None:
    say(f"pulling {image}")
    repository, tag = _parts(image)
    try:
        for message in client.api.pull(repository, tag=tag, stream=True, decode=True):
            if "error" in message:
                raise _refused(name, image, message["error"])
    except DockerException as error:
        raise _refused(name, image, getattr(error, "explanation", None) or str(error)) from error


def _parts(image: str) -> tuple[str, str | None]:
    if "@" in image:
        return image, None
    repository, colon, tag = image.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (image, "latest")


def _refused(name: str, image: str, reason: str) -> NotReadyError:
    return NotReadyError(
        f"{name}: its image {image} cannot be pulled: {reason}",
        hint=f"check the name and the network, or try it by hand: docker pull {image}",
    )
