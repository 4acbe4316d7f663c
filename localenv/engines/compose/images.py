"""Images that are pulled, each once, side by side."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, Queue
from threading import Thread
from typing import Any

import docker
from docker.errors import DockerException, ImageNotFound

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
        for message in _within(client.api.pull(repository, tag=tag, stream=True, decode=True)):
            if "error" in message:
                raise _refused(name, image, message["error"])
    except DockerException as error:
        raise _refused(name, image, getattr(error, "explanation", None) or str(error)) from error
    except Empty:
        raise _refused(name, image, f"i/o timeout: the registry has sent nothing for {_SILENCE:.0f} s") from None


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


def _refused(name: str, image: str, reason: str) -> LocalenvError:
    known = refusals.explained(reason)
    if known is None:
        by_hand = f"check the name and the network, or try it by hand: docker pull {image}"
        return NotReadyError(f"{name}: its image {image} cannot be pulled: {reason}", hint=by_hand)
    kind = EngineError if known.is_engine else NotReadyError
    return kind(f"{name}: its image {image} cannot be pulled: {known.cause} ({reason})", hint=known.hint)
