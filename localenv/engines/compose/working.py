"""What changes something: with Docker's Python client, and Compose where it does the work."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import docker
from docker.errors import ImageNotFound

from localenv import paths
from localenv.engines import Deployment, LogLine, Say
from localenv.engines.compose import (
    api,
    bases,
    caching,
    foreign,
    images,
    jobs,
    leading,
    logs,
    making,
    outputs,
    ownership,
    proxies,
    removing,
    subnets,
)
from localenv.engines.compose.daemon import Daemon
from localenv.errors import NotReadyError
from localenv.host import files
from localenv.process import Completed
from localenv.rendering import dotenv, hidden_values, image_name
from localenv.rendering.file import compose_file
from localenv.resolution import content_variable
from localenv.stack import Job, Reader, Service

_ATTEMPTS = 10  # to find a subnet that is free


def connect(address: str) -> "Working":
    """Through the Docker behind a Unix socket; raises EngineError."""
    return Working(client=api.connect(address))


def write(deployment: Deployment) -> None:
    """Write `compose.yaml` and the private `.env` beside it."""
    folder = deployment.folder
    files.write(paths.compose_file(folder), compose_file(deployment.stack, _project(deployment)))
    files.write(paths.dotenv(folder), dotenv(_variables(deployment)))
    proxies.write(deployment.stack, folder)


@dataclass(frozen=True, kw_only=True)
class Working:
    """The calls of the engine's protocol that change something, or follow it."""

    client: docker.DockerClient
    _checked: set[str] = field(default_factory=set, repr=False)  # environments whose names are nobody else's
    _made: set[str] = field(default_factory=set, repr=False)  # services whose containers nothing has started yet

    def build(self, deployment: Deployment, names: Sequence[str], say: Say) -> None:
        """Build what is not built yet, and pull what is missing; raises NotReadyError naming the service."""
        with api.translated():
            images.ensure(self.client, deployment, names, say)
        for name in names:
            self._build(deployment, name, say)

    def start(self, deployment: Deployment, names: Sequence[str], later: Sequence[str]) -> None:
        """Start services whose images are there, and make the containers of those that start `later`."""
        self._put_outputs(deployment, names)
        if rest := [name for name in names if name not in self._made]:
            self._on_network(deployment, lambda compose: _driving().up(compose, rest))
        leading.check(deployment.stack)
        with api.translated():
            making.start(self.client, deployment, [name for name in names if name in self._made])
        self._made.difference_update(names)
        try:
            leading.check(deployment.stack)
        except NotReadyError:  # what started first may have been quicker
            self.discard(deployment.identity, names)
            raise
        self._make(deployment, later)

    def run(self, deployment: Deployment, job: Job, say: Say) -> Completed:
        """Run a job in a container of its own, removed afterwards."""
        with api.translated():
            if not jobs.has_network(self.client, deployment.identity):
                self._on_network(deployment, lambda compose: _driving().make_network(compose, job.service))
            leading.check(deployment.stack)
            return jobs.run(self.client, deployment, job, say)

    def discard(self, identity: str, names: Iterable[str]) -> None:
        """Remove some services with their anonymous volumes."""
        with api.translated():
            removing.services(self.client, identity, set(names))

    def signal(self, container: str, action: str) -> None:
        """`stop`, `start`, `pause` or `unpause` one container."""
        with api.translated():
            getattr(self.client.api, action)(container, **({"timeout": 1} if action == "stop" else {}))

    def remove(self, identity: str, *, data: bool) -> None:
        """Remove all that carries the environment's label, until two looks find nothing."""
        with api.translated():
            removing.environment(self.client, identity, data=data)

    def logs(
        self, identity: str, names: Sequence[str], *, since: float | None, tail: int | None, follow: bool
    ) -> Iterator[LogLine]:
        """Merged by time; with `follow` as they come."""
        with api.translated():
            yield from logs.lines(self.client, identity, names, since=since, tail=tail, follow=follow)

    def cache(self, daemon: Daemon) -> caching.ImageCache:
        """Images that were built."""
        return caching.ImageCache(daemon=daemon, client=self.client)

    def _put_outputs(self, deployment: Deployment, names: Sequence[str]) -> None:
        """What jobs have written for services is in their containers before they start."""
        written = outputs.wanting(deployment, names)
        if unmade := [name for name in written if name not in self._made]:
            self._on_network(deployment, lambda compose: _driving().make(compose, unmade))
        with api.translated():
            outputs.put(self.client, deployment, written)

    def _make(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Containers of those that have none; what is wrong with one of them shows when it is started."""
        if missing := making.missing(self.client, deployment, [name for name in names if name not in self._made]):
            with suppress(NotReadyError):
                self._on_network(deployment, lambda compose: _driving().make(compose, missing))
                self._made.update(missing)

    def _on_network(self, deployment: Deployment, work: Callable[[Any], None]) -> None:
        """Have Compose do what needs the environment's network; where its subnet is taken meanwhile, on another."""
        refused: list[str] = []
        while True:
            with api.translated():
                self._check_names(deployment)
                services = len(deployment.stack.services)
                subnet = subnets.choose(self.client, deployment.identity, services, deployment.folder, refused)
            leading.check(deployment.stack)
            try:
                return work(self._compose(deployment))
            except subnets.Taken:
                if len(refused) == _ATTEMPTS or not subnet:
                    raise
                refused.append(subnet)

    def _check_names(self, deployment: Deployment) -> None:
        """Once: what comes later under a name that is taken is Docker's to refuse."""
        if deployment.identity not in self._checked:
            foreign.check(self.client, deployment)
            self._checked.add(deployment.identity)

    def _compose(self, deployment: Deployment) -> Any:
        return _driving().client(deployment.identity, deployment.folder, _project(deployment), _variables(deployment))

    def _build(self, deployment: Deployment, name: str, say: Say) -> None:
        """Build unless this very build is what the image of that name holds: Compose takes a second to see that."""
        service = deployment.stack.services[name]
        if service.build is None:
            return
        image = image_name(deployment.stack, service, deployment.identity)
        mark, folder = caching.mark(image), str(deployment.stack.folder)
        args = deployment.resolution.mapping(service.build.args, Reader.INSIDE)
        described = sha256(repr((service.build, args)).encode(errors="surrogateescape")).hexdigest()
        wanted = {"digest": service.digest, "build": described, "bases": self._bases(deployment, service)}
        there = self._image_id(image)
        if there is not None and not deployment.rebuild and _read(mark) == {**wanted, "id": there, "folder": folder}:
            mark.touch()  # it is of use
            return
        leading.check(deployment.stack)
        _driving().build(self._compose(deployment), name, say)
        now = {"bases": self._bases(deployment, service), "id": self._image_id(image)}
        files.write(mark, json.dumps(wanted | now | {"folder": folder}))
        caching.keep_few(self.client, deployment.identity, name)

    def _bases(self, deployment: Deployment, service: Service) -> str:
        """Which images its build begins with now."""
        return " ".join(f"{name}={self._image_id(name)}" for name in sorted(bases.of(deployment, service)))

    def _image_id(self, image: str) -> str | None:
        try:
            return str(self.client.api.inspect_image(image)["Id"])
        except ImageNotFound:
            return None


def _project(deployment: Deployment) -> Path:
    """What paths in the rendered files are relative to."""
    return paths.project(deployment.stack.folder, deployment.identity)


def _variables(deployment: Deployment) -> dict[str, str]:
    published = dict(_published(deployment))
    contents = {content_variable(name): text.decode(errors="surrogateescape") for name, text in _contents(deployment)}
    hidden = hidden_values(deployment.resolution)
    identity = ownership.variables(deployment.identity, deployment.stack.folder)
    return {**deployment.values, **published, **contents, **hidden, **identity}


def _published(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Where this machine reaches each port."""
    for name, port in deployment.stack.ports.items():
        host, number = deployment.resolution.place.address(Reader.MACHINE, name)
        yield port.variable, number
        if name in deployment.stack.at_own_addresses:
            yield port.address_variable, host


def _contents(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    """Secrets and configs that are not mounted from a file of the repository."""
    for name, content in deployment.files.items():
        if deployment.stack.files[name.removesuffix(".pub")].file is None:
            yield name, content


def _driving() -> Any:
    """Compose's driver, whose package takes 0.3 s to import: not for an end that needs no Compose."""
    from localenv.engines.compose import driving

    return driving


def _read(mark: Path) -> Any:
    try:
        return json.loads(mark.read_text())
    except (OSError, ValueError):
        return None
