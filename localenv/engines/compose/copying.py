"""Copy files of this machine into a running container."""

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import docker

from localenv.errors import EngineError


def put(client: docker.DockerClient, container: str, files: Sequence[tuple[Path, str]]) -> None:
    """Copy each file to its path in the container, with new folders; those that do not exist are removed there.

    Raises EngineError for a container whose files cannot be changed.
    """
    there = [(path, target) for path, target in files if path.is_file()]
    if there and not client.api.put_archive(container, "/", _archive(there)):
        raise EngineError("cannot copy files into the container")
    gone = [target for path, target in files if not path.exists()]
    if gone:
        started = client.api.exec_create(container, ["rm", "-rf", "--", *gone], user="root")
        client.api.exec_start(started["Id"])


def _archive(files: Sequence[tuple[Path, str]]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, target in files:
            content = path.read_bytes()
            entry = tarfile.TarInfo(target.lstrip("/"))
            entry.size, entry.mode, entry.mtime = (
                len(content),
                path.stat().st_mode & 0o777 | 0o444,
                path.stat().st_mtime,
            )
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
