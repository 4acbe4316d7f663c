"""The logs of containers, merged by the daemon's timestamps."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import docker
import requests
from docker.errors import DockerException

from localenv.engines import LogLine
from localenv.engines.compose import ownership
from localenv.host.background import Streams

_SOON = 0.5  # seconds between checks for new containers while the output of one has ended
_LATER = 2.0  # else
_MICROSECOND = 1e-6


@dataclass(frozen=True, kw_only=True)
class _Container:
    id: str
    service: str
    is_running: bool


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
        _parsed(one.service, _output(client, one.id, since, tail, follow=False))
        for one in _containers(client, identity, names)
    ]
    yield from heapq.merge(*streams, key=lambda line: line.time)


def _following(
    client: docker.DockerClient, identity: str, names: Sequence[str], *, since: float | None, tail: int | None
) -> Iterator[LogLine]:
    """Yield lines as they arrive, also those of containers that start later, or again.

    Ends when nothing of the environment is left.
    """
    streams: Streams[LogLine] = Streams()
    followed: set[str] = set()
    ended: dict[str, float | None] = {}  # by service: since when its output was not followed
    while True:
        present = _containers(client, identity, names)
        for one in present:
            if one.id not in followed:
                followed.add(one.id)
                ended.pop(one.service, None)
                streams.add(_followed(client, one, since, tail, ended))
            elif one.service in ended and one.is_running:
                streams.add(_followed(client, one, ended.pop(one.service), None, ended))
        yield from streams.during(_SOON if ended else _LATER)
        # while the only container is replaced, the network stays
        if not (present or streams.has_more or _networks(client, identity) or _containers(client, identity, ())):
            return
        tail = None  # a new container is shown from its first line


def _networks(client: docker.DockerClient, identity: str) -> list[Any]:
    return list(client.api.networks(filters=ownership.mine(identity)))


def _followed(
    client: docker.DockerClient,
    one: _Container,
    since: float | None,
    tail: int | None,
    ended: dict[str, float | None],
) -> Iterator[LogLine]:
    """Yield its lines until it stops, and note in `ended` which were the last."""
    with suppress(DockerException, requests.RequestException, OSError):  # the container was removed meanwhile
        for line in _parsed(one.service, _output(client, one.id, since, tail, follow=True)):
            yield line
            since = line.time + _MICROSECOND
    ended[one.service] = since


def _output(
    client: docker.DockerClient, container: str, since: float | None, tail: int | None, *, follow: bool
) -> Iterable[bytes]:
    window: dict[str, Any] = {"since": since, "tail": "all" if tail is None else tail}
    return client.api.logs(container, stream=True, timestamps=True, follow=follow, **window)


def _containers(client: docker.DockerClient, identity: str, names: Sequence[str]) -> list[_Container]:
    found = [
        _Container(
            id=entry["Id"], service=entry["Labels"].get(ownership.SERVICE, ""), is_running=entry["State"] == "running"
        )
        for entry in client.api.containers(all=True, filters=ownership.mine(identity))
    ]
    return [one for one in found if one.service and (not names or one.service in names)]


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
