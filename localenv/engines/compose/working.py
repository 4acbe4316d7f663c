"""The operations that change something, with Docker's Python client, and Compose where necessary."""

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
from localenv.engines import Deployment, LogLine, Say, bridging
from localenv.engines.bridging import LocalRoute
from localenv.engines.compose import (
    api,
    bases,
    bridge,
    caching,
    copying,
    foreign,
    images,
    in_container,
    jobs,
    leading,
    logs,
    making,
    network_names,
    outputs,
    ownership,
    proxies,
    removing,
    starting_again,
    subnets,
)
from localenv.engines.compose.daemon import Daemon
from localenv.errors import NotReadyError
from localenv.host import files
from localenv.paths import compose_files
from localenv.process import Completed
from localenv.rendering import dotenv, hidden_values, image_name
from localenv.rendering.file import compose_file
from localenv.resolution import content_variable
from localenv.stack import Job, Reader, Service

_ATTEMPTS = 10  # to find a free subnet


def connect(address: str) -> "Working":
    """Connect to Docker behind a Unix socket; raises EngineError."""
    return Working(client=api.connect(address))


def write(deployment: Deployment) -> None:
    """Write `compose.yaml` and, beside it, the private `.env` and the targets of paths."""
    folder = deployment.folder
    leading.record(folder, deployment.stack)
    files.write(compose_files.compose(folder), compose_file(deployment.stack, _project(deployment)))
    files.write(paths.dotenv(folder), dotenv(_variables(deployment)))
    proxies.write(deployment.stack, folder)


@dataclass(frozen=True, kw_only=True)
class Working:
    """The methods of the engine interface that change or follow something."""

    client: docker.DockerClient
    _checked: set[str] = field(default_factory=set, repr=False)  # environments whose names were checked for conflicts
    _made: set[str] = field(default_factory=set, repr=False)  # services with containers that were not started yet

    def build(self, deployment: Deployment, names: Sequence[str], say: Say) -> None:
        """Build or pull missing images; raises NotReadyError naming the service."""
        with api.translated():
            images.ensure(self.client, deployment, names, say)
        for name in names:
            self._build(deployment, name, say)

    def start(self, deployment: Deployment, names: Sequence[str], later: Sequence[str]) -> None:
        """Start services whose images exist, and create the containers of those `later` ones whose images exist."""
        self._put_outputs(deployment, names)
        if fetched := images.fetched(self.client, deployment, later):
            self._make(deployment, [*names, *fetched])
        if rest := [name for name in names if name not in self._made]:
            self._on_network(deployment, lambda compose: _driving().up(compose, rest))
            self._check_leads(deployment, rest)
        if made := [name for name in names if name in self._made]:
            leading.check(deployment.stack)
            with api.translated():
                making.start(self.client, deployment, made)
            self._made.difference_update(made)
            self._check_leads(deployment, names)

    def run(self, deployment: Deployment, job: Job, say: Say) -> Completed:
        """Run a job in a separate container, removed afterwards."""
        with api.translated():
            if not jobs.has_network(self.client, deployment.identity):
                self._on_network(deployment, lambda compose: _driving().make_network(compose, job.service))
            leading.check(deployment.stack)
            return jobs.run(self.client, deployment, job, say)

    def execute(self, container: str, argv: Sequence[str], *, user: str = "") -> Completed | None:
        """Run a program in a container; None if it cannot run, or does not end within seconds."""
        return in_container.execute(self.client, container, argv, user=user)

    def discard(self, identity: str, names: Iterable[str]) -> None:
        """Remove some services with their anonymous volumes."""
        with api.translated():
            removing.services(self.client, identity, set(names))

    def signal(self, folder: Path, container: str, action: str) -> None:
        """`stop`, `start`, `pause` or `unpause` a container of the Compose file in `folder`."""
        with api.translated():
            if action == "start":
                starting_again.start(self.client, folder, container)
            else:
                getattr(self.client.api, action)(container, **({"timeout": 1} if action == "stop" else {}))

    def restart(self, folder: Path, container: str) -> None:
        """Restart a container of the Compose file in `folder`."""
        with api.translated():
            starting_again.restart(self.client, folder, container)

    def put(self, container: str, files: Sequence[tuple[Path, str]]) -> Callable[[], None]:
        """Copy files of this machine into a container; returns a function that puts the old ones back."""
        with api.translated():
            before = copying.contents(self.client, container, [target for _, target in files])
            copying.put(self.client, container, {target: copying.read(path) for path, target in files})

        def back() -> None:
            with api.translated():
                copying.put(self.client, container, before)

        return back

    def tag(self, deployment: Deployment, name: str, image: str) -> None:
        """Give an image the name under which a service is built."""
        repository, _, tag = image_name(
            deployment.stack, deployment.stack.services[name], deployment.identity
        ).rpartition(":")
        with api.translated():
            self.client.api.tag(image, repository, tag)

    def bridge(self, deployment: Deployment, key: str, routes: Sequence[LocalRoute]) -> None:
        """Lead names on the environment's network to programs on this machine."""
        with api.translated():
            bridge.stop(self.client, deployment.identity, key)
            if jobs.has_network(self.client, deployment.identity):
                bridge.start(self.client, deployment, key, routes)
            elif any(route.listen for route in routes):  # no container could ask
                bridging.start(deployment.identity, key, routes)

    def unbridge(self, identity: str, key: str) -> None:
        """Remove such a bridge."""
        with api.translated():
            bridge.stop(self.client, identity, key)

    def rename(self, identity: str, container: str, names: Sequence[str]) -> None:
        """Give a container other names on the environment's network."""
        with api.translated():
            network_names.rename(self.client, identity, container, names)

    def remove(self, identity: str, *, data: bool) -> None:
        """Remove all resources with the environment's label, until two checks find nothing."""
        with api.translated():
            removing.environment(self.client, identity, data=data)

    def logs(
        self, identity: str, names: Sequence[str], *, since: float | None, tail: int | None, follow: bool
    ) -> Iterator[LogLine]:
        """Merge by time; with `follow`, yield as they arrive."""
        with api.translated():
            yield from logs.lines(self.client, identity, names, since=since, tail=tail, follow=follow)

    def cache(self, daemon: Daemon) -> caching.ImageCache:
        """The built images."""
        return caching.ImageCache(daemon=daemon, client=self.client)

    def _check_leads(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Remove services that were started on a path which a container replaced at the same time."""
        try:
            leading.check(deployment.stack)
        except NotReadyError:
            self.discard(deployment.identity, names)
            raise

    def _put_outputs(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Copy the files from jobs into containers before they start."""
        written = outputs.wanting(deployment, names)
        if unmade := [name for name in written if name not in self._made]:
            self._on_network(deployment, lambda compose: _driving().make(compose, unmade))
        with api.translated():
            outputs.put(self.client, deployment, written)

    def _make(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Create missing containers; a problem with one of them is reported when it is started."""
        if missing := making.missing(self.client, deployment, [name for name in names if name not in self._made]):
            with suppress(NotReadyError):
                self._on_network(deployment, lambda compose: _driving().make(compose, missing))
                self._made.update(missing)

    def _on_network(self, deployment: Deployment, work: Callable[[Any], None]) -> None:
        """Run Compose for work that needs the network; if its subnet is taken meanwhile, retry with another."""
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
        """Check once; Docker refuses a conflict that occurs later."""
        if deployment.identity not in self._checked:
            foreign.check(self.client, deployment)
            self._checked.add(deployment.identity)

    def _compose(self, deployment: Deployment) -> Any:
        return _driving().client(deployment.identity, deployment.folder, _project(deployment), _variables(deployment))

    def _build(self, deployment: Deployment, name: str, say: Say) -> None:
        """Build, unless the image already holds this build: Compose would take a second to check that."""
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
            mark.touch()  # marks it as used
            return
        leading.check(deployment.stack)
        _driving().build(self._compose(deployment), name, say)
        leading.check(deployment.stack)  # before anything runs from what was built of another folder
        now = {"bases": self._bases(deployment, service), "id": self._image_id(image)}
        files.write(mark, json.dumps(wanted | now | {"folder": folder}))
        caching.keep_few(self.client, deployment.identity, name)

    def _bases(self, deployment: Deployment, service: Service) -> str:
        """The current base images of its build."""
        return " ".join(f"{name}={self._image_id(name)}" for name in sorted(bases.of(deployment, service)))

    def _image_id(self, image: str) -> str | None:
        try:
            return str(self.client.api.inspect_image(image)["Id"])
        except ImageNotFound:
            return None


def _project(deployment: Deployment) -> Path:
    """The folder that paths in the rendered files are relative to."""
    return paths.project(deployment.stack.folder, deployment.identity)


def _variables(deployment: Deployment) -> dict[str, str]:
    published = dict(_published(deployment))
    contents = {content_variable(name): text.decode(errors="surrogateescape") for name, text in _contents(deployment)}
    hidden = hidden_values(deployment.resolution)
    identity = ownership.variables(deployment.identity, deployment.stack.folder)
    return {**deployment.values, **published, **contents, **hidden, **identity}


def _published(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """The address of each port on this machine."""
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
    """Compose's driver, whose package takes 0.3 s to import: only imported when Compose is needed."""
    from localenv.engines.compose import driving

    return driving


def _read(mark: Path) -> Any:
    try:
        return json.loads(mark.read_text())
    except (OSError, ValueError):
        return None
