"""The program that prepares something in a container without a network, which is removed afterwards.

It runs under the guard of an environment and ends with it: the labels of its container are those of the environment.
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError

from localenv.engines.compose import api
from localenv.engines.compose.prepared.preparation import PREPARATION, by_use, entries, keep, remove
from localenv.errors import EngineError
from localenv.host import files, locks, waiting
from localenv.paths import caches

_MOST = 8  # archives to keep, of about 35 MB each
_LARGEST = 256 << 20  # bytes of an archive
_PATIENCE = 300.0  # seconds for it to be done: its share of the processors is small
_SOON = 5.0  # seconds that many an environment of a test does not last
_PAUSE = 0.5  # seconds between two checks
_SHARE = 128  # of the processors, where a container gets 1024 by default
_REMOVED = (404, 409)  # with its environment


def main() -> None:
    """Prepare what the variable asks for, in an environment that is there for some seconds."""
    waiting.until(lambda: False, within=_SOON)
    prepare(json.loads(os.environ[PREPARATION]))


def prepare(asked: Mapping[str, Any]) -> None:
    """Prepare what is asked for, unless another process does; a failure is recorded, and it is not tried again."""
    archive = Path(asked["archive"])
    archive.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locks.removable(caches.lock(archive)):
        if archive.exists():
            return
        try:
            content = _prepared(api.connect(asked["address"]), asked)
        except EngineError as error:
            files.write(caches.failed(archive), str(error))
        except APIError as error:
            if error.status_code not in _REMOVED:
                files.write(caches.failed(archive), str(error))
        else:
            keep(archive, asked["about"], content)
            for one in by_use(entries())[_MOST:]:
                remove(one)
        caches.lock(archive).unlink(missing_ok=True)


def _prepared(client: docker.DockerClient, asked: Mapping[str, Any]) -> bytes:
    """What the container has prepared, as an archive of one file; raises EngineError and APIError."""
    more = client.api.create_host_config(network_mode="none", cpu_shares=_SHARE)
    named = {"name": asked["name"], "labels": asked["labels"], "host_config": more, "healthcheck": api.NO_HEALTHCHECK}
    made = client.api.create_container(**asked["container"], **named)["Id"]
    try:
        client.api.start(made)
        waiting.until(lambda: not _state(client, made)["Running"], within=_PATIENCE, pause=_PAUSE)
        if _state(client, made)["Running"] or _state(client, made)["ExitCode"]:
            last = client.api.logs(made, tail=1).decode(errors="replace").strip()
            raise EngineError(last or "its program has failed")
        chunks, _ = client.api.get_archive(made, asked["path"])
        return _limited(chunks)
    finally:
        with suppress(APIError):
            client.api.remove_container(made, force=True, v=True)


def _state(client: docker.DockerClient, container: str) -> Mapping[str, Any]:
    return dict(client.api.inspect_container(container)["State"])


def _limited(chunks: Iterable[bytes]) -> bytes:
    """The whole content; raises EngineError if it is not worth a copy."""
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > _LARGEST:
            raise EngineError(f"it has more than {_LARGEST >> 20} MiB")
    return bytes(content)


if __name__ == "__main__":
    main()
