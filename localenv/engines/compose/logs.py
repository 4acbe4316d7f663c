"""The logs of containers, merged by the daemon's timestamps."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import docker
import requests
from docker.errors import DockerException

from localenv.engines import LogLine
from localenv.engines.compose import ownership
from localenv.host.background import Streams

_LOOK_AGAIN = 0.5  # seconds between checks for new containers


def lines(
    client: docker.DockerClient,
    identity: str,
    names: Sequence[str],
    *,
    since: float | None,
    tail: int | None,
    follow: bool,
) -> Iterator[LogLine]:
    """Lines of the named services (default: all), oldest first."""
    if follow:
        yield from _following(client, identity, names, since=since, tail=tail)
        return
    streams = [
        _parsed(name, _output(client, container, since, tail, follow=False))
        for container, name in _containers(client, identity, names).items()
    ]
    yield from heapq.merge(*streams, key=lambda line: line.time)


def _following(
    client: docker.DockerClient, identity: str, names: Sequence[str], *, since: float | None, tail: int | None
) -> Iterator[LogLine]:
    """Yield lines as they arrive; ends when nothing of the environment is left."""
    streams: Streams[LogLine] = Streams()
    followed: set[str] = set()
    while True:
        present = _containers(client, identity, names)
        for container in present.keys() - followed:
            followed.add(container)
            streams.add(_followed(client, container, present[container], since, tail))
        yield from streams.during(_LOOK_AGAIN)
        # while the only container is replaced, the network stays
        if not (present or streams.has_more or _networks(client, identity) or _containers(client, identity, ())):
            return
        tail = None  # a new container is shown from its first line


def _networks(client: docker.DockerClient, identity: str) -> list[Any]:
    return list(client.api.networks(filters=ownership.mine(identity)))


def _followed(
    client: docker.DockerClient, container: str, name: str, since: float | None, tail: int | None
) -> Iterator[LogLine]:
    with suppress(DockerException, requests.RequestException, OSError):  # the container was removed meanwhile
        yield from _parsed(name, _output(client, container, since, tail, follow=True))


def _output(
    client: docker.DockerClient, container: str, since: float | None, tail: int | None, *, follow: bool
) -> Iterable[bytes]:
    window: dict[str, Any] = {"since": since, "tail": "all" if tail is None else tail}
    return client.api.logs(container, stream=True, timestamps=True, follow=follow, **window)


def _containers(client: docker.DockerClient, identity: str, names: Sequence[str]) -> dict[str, str]:
    found = client.api.containers(all=True, filters=ownership.mine(identity))
    named = {entry["Id"]: entry["Labels"].get(ownership.SERVICE, "") for entry in found}
    return {container: name for container, name in named.items() if name and (not names or name in names)}


def _parsed(name: str, chunks: Iterable[bytes]) -> Iterator[LogLine]:
    """Parse `2026-11-20T10:42:47.123456789Z text`, in chunks that may end anywhere.

    Docker splits a line of more than 16 KiB, and repeats the timestamp before each part.
    """
    pending = b""
    for chunk in chunks:
        pending += chunk.removeprefix(pending.partition(b" ")[0] + b" ") if pending else chunk
        *whole, pending = pending.split(b"\n")
        for raw in whole:
            yield _line(name, raw)
    if pending:
        yield _line(name, pending)


def _line(name: str, raw: bytes) -> LogLine:
    stamp, _, text = raw.decode(errors="replace").partition(" ")
    try:
        moment = datetime.fromisoformat(f"{stamp[:26].rstrip('Z')}+00:00").timestamp()
    except ValueError:
        moment, text = 0.0, raw.decode(errors="replace")
    return LogLine(time=moment, service=name, text=text.rstrip("\r"))
