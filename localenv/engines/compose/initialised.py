"""The data of needs as their images initialise it, which new containers take a copy of.

It is made when it is needed for the second time, because a machine of CI needs it once. Measured on two cores:
PostgreSQL takes @@@ s of CPU in place of 2.6 s until it accepts a client.
"""

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from localenv.engines import Deployment
from localenv.engines.compose.daemon import Daemon
from localenv.host import files, locks
from localenv.needs import InitialData
from localenv.needs.kinds import KINDS
from localenv.paths import caches
from localenv.stack import Reader, Service

if TYPE_CHECKING:
    import docker

_FORMAT = 1  # of the cache
_MOST = 8  # archives to keep, of about 35 MB each
_NOTES = 64  # of data that was needed once
_PIECE = 1 << 20  # bytes


@dataclass(frozen=True, kw_only=True)
class InitialisedData:
    """The data of one need: its archive in the cache, and the container that makes it."""

    archive: Path
    kind: InitialData
    service: Service
    image: str
    environment: Mapping[str, str]
    command: Sequence[str]


def wanting(daemon: Daemon, deployment: Deployment, names: Sequence[str]) -> list[str]:
    """The needs whose data is needed for the second time and was not made on this machine; nor has making it failed."""
    known = ((name, _data(daemon, deployment, name)) for name in names)
    return [name for name, data in known if data and not _is_settled(data.archive) and _was_needed(data.archive)]


def make(client: "docker.DockerClient", daemon: Daemon, deployment: Deployment, name: str) -> None:
    """Make the data of a need; where that fails, each of its containers initialises its own."""
    from localenv.engines.compose import initialising

    data = _data(daemon, deployment, name)
    if data is None:
        return
    with locks.removable(caches.lock(data.archive)):
        if not _is_settled(data.archive):
            made = initialising.run(client, deployment, data)
            if isinstance(made, bytes):
                files.write_bytes(data.archive, made)
                files.write(caches.about(data.archive), f"{data.image}, with empty data")
            else:
                files.write(caches.failed(data.archive), made)
            _bound()


def put(client: "docker.DockerClient", daemon: Daemon, deployment: Deployment, name: str, container: str) -> None:
    """Copy the data into a new container, with the password of this environment; without it, nothing is done."""
    data = _data(daemon, deployment, name)
    if data is None:
        return
    content = _with_password(data, deployment.resolution.password(name))
    if content:
        client.api.put_archive(container, "/", _pieces(content))
        data.archive.touch()  # marks it as used


def _with_password(data: InitialisedData, password: str) -> bytes:
    """The archive with the password in it; empty if there is none, or it cannot be changed."""
    with suppress(OSError, tarfile.TarError, KeyError):
        content = bytearray(data.archive.read_bytes())
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            entry = archive.getmember(f"{data.kind.FOLDER}/{data.kind.FILE}".lstrip("/"))
        place = slice(entry.offset_data, entry.offset_data + entry.size)
        changed = data.kind.with_password(bytes(content[place]), password)
        if changed is not None:
            content[place] = changed
            return bytes(content)
    return b""


def _pieces(content: bytes) -> Iterator[bytes]:
    """The content in pieces, each of which has the time of one answer."""
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]


def entries() -> list[Path]:
    """The archives in the cache."""
    return [one for one in caches.entries(caches.initialised()) if one.suffix == ".tar"]


def remove(archive: Path) -> bool:
    """Remove an archive; returns whether it existed."""
    for beside in (caches.about(archive), caches.failed(archive), caches.lock(archive)):
        beside.unlink(missing_ok=True)
    try:
        archive.unlink()
    except FileNotFoundError:
        return False
    return True


def _data(daemon: Daemon, deployment: Deployment, name: str) -> InitialisedData | None:
    """What is known of a need's data; None if it cannot be copied, or the description changes its container."""
    service, need = deployment.stack.services[name], deployment.stack.needs.get(name)
    kind = KINDS[need.kind].initialised if need else None
    if kind is None or service.image is None or service.volumes or service.compose or deployment.stack.rendered:
        return None
    image = deployment.resolution.text(service.image, Reader.INSIDE, name)
    command = deployment.resolution.argv(service.command or (), Reader.INSIDE, name)
    given, password = deployment.resolution.environment(service), deployment.resolution.password(name)
    environment = {key: value for key, value in given.items() if value != password}
    secrets = dict.fromkeys(given.keys() - environment.keys(), token_hex(16))
    about = (_FORMAT, daemon.image(image), sorted(environment.items()), sorted(secrets), tuple(command))
    return InitialisedData(
        archive=caches.initialised_data(sha256(repr(about).encode(errors="surrogateescape")).hexdigest()[:16]),
        kind=kind,
        service=service,
        image=image,
        environment=environment | secrets,
        command=command,
    )


def _is_settled(archive: Path) -> bool:
    return archive.exists() or caches.failed(archive).exists()


def _was_needed(archive: Path) -> bool:
    """Whether the data was needed before; that it is needed now is noted."""
    note = caches.needed(archive)
    if note.exists():
        return True
    note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    note.touch()
    for one in _by_use(note.parent.glob(f"*{note.suffix}"))[_NOTES:]:
        one.unlink(missing_ok=True)
    return False


def _bound() -> None:
    """Remove the longest unused archives if there are too many."""
    for one in _by_use(entries())[_MOST:]:
        remove(one)


def _by_use(found: Iterable[Path]) -> list[Path]:
    """Files, the last used first."""
    times = {}
    for one in found:
        with suppress(FileNotFoundError):
            times[one] = one.stat().st_mtime
    return sorted(times, key=lambda one: times[one], reverse=True)
