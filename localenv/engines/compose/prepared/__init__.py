"""Files that a container prepares once for this machine, and that later ones get a copy of before they start.

They are prepared when they are needed for the second time, because a machine of CI may need them once. Measured on two
cores: WireMock takes 1.2 s of CPU in place of 2.4 s until it answers; PostgreSQL is ready in 0.7 s in place of 2.4 s.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from localenv.engines import Deployment
from localenv.engines.compose import ownership
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.prepared import classes, initial, unpacking
from localenv.engines.compose.prepared.preparation import PREPARATION, Preparation, by_use, entries, remove, undamaged
from localenv.guard import own_programs
from localenv.paths import caches
from localenv.stack import Role

if TYPE_CHECKING:
    import docker

__all__ = ["begin", "entries", "put", "remove", "wanting"]

_NOTES = 64  # of what was needed once
_PIECE = 1 << 20  # bytes


def wanting(daemon: Daemon, deployment: Deployment, names: Sequence[str]) -> list[str]:
    """The services for which something is to be prepared now: for the second of them, unless it has failed before."""
    known = ((name, _of(daemon, deployment, name)) for name in names)
    return [name for name, one in known if one and not one.is_decided and _was_needed(one.archive)]


def begin(daemon: Daemon, deployment: Deployment, name: str) -> None:
    """Begin to prepare the files of a service while its environment runs."""
    one = _of(daemon, deployment, name)
    if one:
        owner = ownership.labels(deployment.identity, deployment.stack.folder, Role.JOB)
        container = f"{deployment.identity}-prepare-{name}"
        asked = {**one.asked, "address": daemon.address, "name": container, "labels": owner}
        module = "engines.compose.prepared.program"
        given = {PREPARATION: json.dumps(asked)}
        own_programs.start(deployment.identity, f".prepare.{name}", module, environment=given)


def put(client: "docker.DockerClient", daemon: Daemon, deployment: Deployment, name: str, container: str) -> None:
    """Copy the files into a new container; if they are not prepared, nothing is done."""
    one = _of(daemon, deployment, name)
    if one and (content := undamaged(one.archive)) and (content := one.finish(content)):
        packed = unpacking.archive(client, container, one.path, content) if one.is_folder else b""
        folder = "/" if packed else str(PurePosixPath(one.path).parent)
        client.api.put_archive(container, folder, _pieces(packed or content))


def _of(daemon: Daemon, deployment: Deployment, name: str) -> Preparation | None:
    """What can be prepared for a service; nothing where a fragment of the repository may change its container."""
    service = deployment.stack.services[name]
    if deployment.stack.rendered or service.compose:
        return None
    match service.role:
        case Role.STUBS:
            return classes.of(daemon, deployment, name)
        case Role.NEED:
            return initial.of(daemon, deployment, name)
    return None


def _pieces(content: bytes) -> Iterator[bytes]:
    """The content in pieces, each of which has the time of one answer."""
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]


def _was_needed(archive: Path) -> bool:
    """Whether it was needed before; that it is needed now is noted."""
    note = caches.needed(archive)
    if note.exists():
        return True
    note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    note.touch()
    for one in by_use(note.parent.glob(f"*{note.suffix}"))[_NOTES:]:
        one.unlink(missing_ok=True)
    return False
