"""Copy files of this machine into a running container."""

import errno
import io
import os
import stat
import tarfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import NotFound

from localenv.errors import EngineError

_READABLE = 0o444
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO)


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file: its content, its permissions, and the numbers of its user and group."""

    data: bytes
    mode: int
    owner: tuple[int, int] = (0, 0)


def read(path: Path) -> Content | None:
    """A file of this machine; None if it does not exist, or is a folder, a device or a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as opened:
        return Content(data=opened.read(), mode=mode & 0o777 | _READABLE)


def contents(client: docker.DockerClient, container: str, targets: Iterable[str]) -> dict[str, Content | None]:
    """The files of a container by their paths; None for those that do not exist."""
    return {target: _content(client, container, target) for target in targets}


def put(client: docker.DockerClient, container: str, files: Mapping[str, Content | None]) -> None:
    """Write each file to its path in the container, with new folders; without content it is removed.

    Raises EngineError for a container whose files cannot be changed.
    """
    there = {target: content for target, content in files.items() if content is not None}
    if there and not client.api.put_archive(container, "/", _archive(there)):
        raise EngineError("cannot copy files into the container")
    if gone := [target for target, content in files.items() if content is None]:
        started = client.api.exec_create(container, ["rm", "-f", "--", *gone], user="root")
        client.api.exec_start(started["Id"])


def _content(client: docker.DockerClient, container: str, target: str) -> Content | None:
    try:
        chunks, _ = client.api.get_archive(container, target)
    except NotFound:
        return None
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        entry: Any = next((one for one in archive if one.isfile()), None)
        opened = archive.extractfile(entry) if entry else None
        return Content(data=opened.read(), mode=entry.mode, owner=(entry.uid, entry.gid)) if opened else None


def _archive(files: Mapping[str, Content]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for target, content in files.items():
            entry = tarfile.TarInfo(target.lstrip("/"))
            entry.size, entry.mode, entry.mtime = len(content.data), content.mode, int(time.time())
            entry.uid, entry.gid = content.owner
            archive.addfile(entry, io.BytesIO(content.data))
    return packed.getvalue()
