"""Images that are pulled, each once, side by side."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from queue import Empty, Queue
from threading import Thread
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound

from localenv.engines import Deployment, Say
from localenv.engines.compose import refusals
from localenv.errors import EngineError, LocalenvError, NotReadyError
from localenv.stack import Reader

_SILENCE = 30.0  # seconds without a word of progress


def ensure(client: docker.DockerClient, deployment: Deployment, names: Sequence[str], say: Say) -> None:
    """Pull what is missing; raises NotReadyError naming the service and the registry's words."""
    wanted: dict[str, str] = {}
    for name in names:
        image = deployment.stack.services[name].image
        if image is not None:
            wanted.setdefault(deployment.resolution.text(image, Reader.INSIDE, name), name)
    missing = {image: name for image, name in wanted.items() if not _is_here(client, image, name)}
    if missing:
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(lambda image: _pull(client, image, missing[image], say), missing))


def refused(name: str, image: str, reason: str) -> LocalenvError:
    """What to raise for an image that cannot be pulled, with what to try by hand."""
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
        for message in _within(client.api.pull(repository, tag=tag, stream=True, decode=True)):
            if "error" in message:
                raise refused(name, image, message["error"])
    except DockerException as error:
        raise refused(name, image, getattr(error, "explanation", None) or str(error)) from error
    except Empty:
        raise refused(name, image, f"i/o timeout: no data from the registry for {_SILENCE:.0f} s") from None


def _within(messages: Iterable[Any]) -> Iterator[Any]:
    """The messages as they come; raises Empty where none comes for too long, as from a registry that hangs."""
    queue: Queue[Any] = Queue()
    over = object()

    def pump() -> None:
        try:
            for message in messages:
                queue.put(message)
            queue.put(over)
        except BaseException as error:
            queue.put(error)

    Thread(target=pump, daemon=True).start()
    while (message := queue.get(timeout=_SILENCE)) is not over:
        if isinstance(message, BaseException):
            raise message
        yield message


def _parts(image: str) -> tuple[str, str | None]:
    if "@" in image:
        return image, None
    repository, colon, tag = image.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (image, "latest")


def _of_registry(hint: str, image: str) -> str:
    """`docker login` of the registry that the image is from, which is Docker Hub where none is named."""
    first, slash, _ = image.partition("/")
    is_host = slash and (set(first) & {".", ":"} or first == "localhost")
    return hint.replace("docker login", f"docker login {first}") if is_host else hint
