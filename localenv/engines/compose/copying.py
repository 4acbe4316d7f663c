"""Copy files of this machine into a running container."""

import errno
import io
import os
import stat
import tarfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, NotFound

from localenv.errors import EngineError

_READABLE = 0o444
_NO_FOLDER = "not a directory"  # what Docker says of a path below a file
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO)


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file: its content, its permissions, and the numbers of its user and group."""

    data: bytes
    mode: int
    owner: tuple[int, int] = (0, 0)


_EMPTY = Content(data=b"", mode=_READABLE)


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


def put(client: docker.DockerClient, container: str, files: Mapping[str, Content | None]) -> Sequence[str]:
    """Write each file to its path in the container, with new folders; without content it is removed.

    Only a container that runs can remove files: returns those that were emptied instead. Raises EngineError for a
    container whose files cannot be changed.
    """
    gone = [target for target, content in files.items() if content is None]
    kept = [] if remove(client, container, gone) else gone
    there = {target: content for target, content in files.items() if content is not None}
    there |= dict.fromkeys(kept, _EMPTY)
    if there and not client.api.put_archive(container, "/", archive(there)):
        raise EngineError("cannot copy files into the container")
    return kept


def archive(files: Mapping[str, Content]) -> bytes:
    """Files by their paths, for the folder `/` of a container."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as opened:
        for target, content in files.items():
            entry = tarfile.TarInfo(target.lstrip("/"))
            entry.size, entry.mode, entry.mtime = len(content.data), content.mode, int(time.time())
            entry.uid, entry.gid = content.owner
            opened.addfile(entry, io.BytesIO(content.data))
    return packed.getvalue()


def remove(client: docker.DockerClient, container: str, targets: Sequence[str]) -> bool:
    """Remove files of a container; False if it does not run."""
    if not targets:
        return True
    try:
        started = client.api.exec_create(container, ["rm", "-f", "--", *targets], user="root")
        client.api.exec_start(started["Id"])
    except APIError as error:
        if error.status_code == HTTPStatus.CONFLICT:
            return False
        raise
    return True


def _content(client: docker.DockerClient, container: str, target: str) -> Content | None:
    try:
        chunks, _ = client.api.get_archive(container, target)
    except APIError as error:
        if isinstance(error, NotFound) or _NO_FOLDER in str(error):
            return None
        raise
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        entry: Any = archive.next()
        opened = archive.extractfile(entry) if entry and entry.isfile() else None
        return Content(data=opened.read(), mode=entry.mode, owner=(entry.uid, entry.gid)) if opened else None
