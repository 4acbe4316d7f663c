"""Run jobs as separate containers, created through Docker's API: 0.2 s each."""

import io
import tarfile
from collections.abc import Mapping
from typing import Any

import docker

from localenv.engines import Deployment, Say
from localenv.engines.compose import api, clients, mounting, outputs, ownership, proxies, raw_keys, refusals
from localenv.errors import NotReadyError
from localenv.process import Completed
from localenv.rendering import STEPS, container_path, file_names, image_name, step_folder
from localenv.stack import Job, Reader, Role

_GOING = (404, 409)  # removed, or being removed by another process: report why the job failed instead


def run(client: docker.DockerClient, deployment: Deployment, job: Job, say: Say) -> Completed:
    """Run the command with the image, folder, environment and mounts of its service.

    The container is removed afterwards.
    """
    mounting.make_volumes(client, deployment, deployment.stack.services[job.service])
    created = client.api.create_container(
        image=_image(deployment, job),
        entrypoint=[*deployment.resolution.argv(job.command, Reader.INSIDE, job.service)][:1],
        command=[*deployment.resolution.argv(job.command, Reader.INSIDE, job.service)][1:],
        environment=_environment(deployment, job),
        labels=ownership.labels(deployment.identity, deployment.stack.folder, Role.JOB),
        name=f"{deployment.identity}-job-{job.name}",
        host_config=client.api.create_host_config(
            network_mode=_network(client, deployment, job), **_mounted(deployment, job)
        ),
        healthcheck=api.NO_HEALTHCHECK,
        **_like_service(deployment, job),
    )
    try:
        _put_files(client, created["Id"], deployment, job)
        try:
            client.api.start(created["Id"])
        except docker.errors.APIError as error:
            known = refusals.explained(str(error.explanation))
            reason, hint = (known.cause, known.hint) if known else (error.explanation, "")
            raise NotReadyError(f"{job.name}: {reason}", hint=hint, log=[str(error.explanation)]) from error
        done = _followed(client, created["Id"], say)
        if done.code == 0 and outputs.is_kept(deployment.stack, job):
            outputs.keep(client, created["Id"], deployment, job)
        return done
    finally:
        _remove(client, created["Id"])


def _remove(client: docker.DockerClient, container: str) -> None:
    try:
        client.api.remove_container(container, force=True, v=True)
    except docker.errors.APIError as error:
        if error.status_code not in _GOING:
            raise


def _image(deployment: Deployment, job: Job) -> str:
    service = deployment.stack.services[job.service]
    if service.image is None:
        return image_name(deployment.stack, service, deployment.identity)
    return deployment.resolution.text(service.image, Reader.INSIDE, service.name)


def _environment(deployment: Deployment, job: Job) -> dict[str, str]:
    resolution, service = deployment.resolution, deployment.stack.services[job.service]
    inherited = resolution.environment(service) if service.role is Role.SERVICE else resolution.client(service.name)
    given = inherited | resolution.mapping(job.environment, Reader.INSIDE, job.service)
    return given if "no_proxy" in map(str.lower, given) else proxies.exceptions(deployment.stack) | given


def _like_service(deployment: Deployment, job: Job) -> dict[str, Any]:
    service = deployment.stack.services[job.service]
    if service.role is Role.NEED:
        return {"working_dir": step_folder(job, deployment.stack.folder)[1]} if job.at else {}
    return raw_keys.of_container(service.compose)


def _network(client: docker.DockerClient, deployment: Deployment, job: Job) -> str:
    """The network of its service; that of a need itself, whose clients look for their server at 127.0.0.1."""
    service = deployment.stack.services[job.service]
    if service.role is Role.NEED and (container := _container(client, deployment, service.name)):
        return f"container:{container}"
    return "host" if service.is_on_machine_network else ownership.network(deployment.identity)


def _container(client: docker.DockerClient, deployment: Deployment, name: str) -> str:
    labels = [*ownership.mine(deployment.identity)["label"], f"{ownership.SERVICE}={name}"]
    found = client.api.containers(filters={"label": labels})
    return str(found[0]["Id"]) if found else ""


def _mounted(deployment: Deployment, job: Job) -> dict[str, Any]:
    """The mounts of its service; for a step in a need's image, the repository, read-only."""
    if job.at is None or job.service != job.need:
        service = deployment.stack.services[job.service]
        return mounting.settings(deployment, service) | raw_keys.of_host(service.compose)
    shown = str(step_folder(job, deployment.stack.folder)[0])
    return {"mounts": [{"Type": "bind", "Source": shown, "Target": STEPS, "ReadOnly": True}]}


def _put_files(client: docker.DockerClient, container: str, deployment: Deployment, job: Job) -> None:
    if job.service in deployment.stack.needs:
        clients.put(client, container, deployment, job.service, server=_container(client, deployment, job.service))
    names = file_names(deployment.stack, job)
    contents = {
        container_path(deployment.stack.files[name.removesuffix(".pub")].kind, name): deployment.files[name]
        for name in names
    }
    if contents:
        client.api.put_archive(container, "/", _archive(contents))


def _archive(contents: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in contents.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(content), 0o444
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _followed(client: docker.DockerClient, container: str, say: Say) -> Completed:
    lines = []
    pending = ""
    for chunk in client.api.logs(container, stream=True, follow=True):
        pending += chunk.decode(errors="replace")
        *whole, pending = pending.split("\n")
        for line in whole:
            lines.append(line)
            say(line)
    if pending:
        lines.append(pending)
        say(pending)
    code = client.api.wait(container)["StatusCode"]
    return Completed(code=code, output="\n".join(lines))
