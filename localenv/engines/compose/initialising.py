"""Let an image initialise its data in a container without a network, which is removed afterwards."""

import io
import tarfile
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import docker
from docker.errors import APIError

from localenv.engines import Deployment
from localenv.engines.compose import ownership
from localenv.host import waiting
from localenv.stack import Role

if TYPE_CHECKING:
    from localenv.engines.compose.initialised import InitialisedData

_PATIENCE = 60.0  # seconds for its server to accept clients
_GRACE = 10  # seconds for it to end
_PAUSE = 0.05  # seconds between two probes


def run(client: docker.DockerClient, deployment: Deployment, data: "InitialisedData") -> bytes | str:
    """The data as an archive, with paths from the root of a container; a text with the reason if it fails."""
    container = client.api.create_container(
        image=data.image,
        command=list(data.command),
        environment=dict(data.environment),
        labels=ownership.labels(deployment.identity, deployment.stack.folder, Role.JOB),
        name=f"{deployment.identity}-initialise-{data.service.name}",
        host_config=client.api.create_host_config(network_mode="none"),
    )["Id"]
    try:
        client.api.start(container)
        waiting.until(lambda: _is_over(client, container, data), within=_PATIENCE, pause=_PAUSE)
        if not _is_ready(client, container, data):
            return client.api.logs(container, tail=1).decode(errors="replace").strip() or "its server has ended"
        client.api.stop(container, timeout=_GRACE)
        chunks, _ = client.api.get_archive(container, data.kind.FOLDER)
        return _from_root(chunks, data.kind.FOLDER)
    except (APIError, tarfile.TarError) as error:
        return str(error)
    finally:
        with suppress(APIError):
            client.api.remove_container(container, force=True, v=True)


def _is_over(client: docker.DockerClient, container: str, data: "InitialisedData") -> bool:
    """Whether its server accepts clients, or has ended."""
    return _is_ready(client, container, data) or not client.api.inspect_container(container)["State"]["Running"]


def _is_ready(client: docker.DockerClient, container: str, data: "InitialisedData") -> bool:
    try:
        asked = client.api.exec_create(container, list(data.service.own_healthcheck))["Id"]
        client.api.exec_start(asked)
    except APIError:  # it has ended
        return False
    return bool(client.api.exec_inspect(asked)["ExitCode"] == 0)


def _from_root(chunks: Iterable[bytes], folder: str) -> bytes:
    """An archive of a folder, with paths from the root."""
    above, packed = folder.lstrip("/").rpartition("/")[0], io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as found,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for entry in found:
            entry.name = f"{above}/{entry.name}"
            archive.addfile(entry, found.extractfile(entry) if entry.isfile() else None)
    return packed.getvalue()
