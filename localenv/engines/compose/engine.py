"""The compose engine: the protocol of engines, spoken with Docker."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import docker
from docker.errors import ImageNotFound

from localenv import paths, state
from localenv.engines import Deployment, LogLine, Observed, Say
from localenv.engines.compose import api, images, jobs, logs, looking, ownership, removing, subnets
from localenv.engines.compose.place import ContainerPlace
from localenv.errors import LocalenvError
from localenv.process import Completed, Invocation
from localenv.rendering import content_variable, dotenv, hidden_values, image_name, render, view
from localenv.stack import Job, Reader, Stack

_ATTEMPTS = 10  # to find a subnet that is free


def connect(patience: int = api.PATIENCE) -> "ComposeEngine":
    """The engine on this machine's Docker; raises EngineError where it does not answer within `patience` seconds."""
    return ComposeEngine(client=api.connect(patience))


@dataclass(frozen=True, kw_only=True)
class ComposeEngine:
    """Runs a stack as a Compose project."""

    client: docker.DockerClient
    name: str = "compose"
    _checked: set[str] = field(default_factory=set, repr=False)  # environments whose names are nobody else's

    def fit(self, stack: Stack) -> Stack:
        """As it is."""
        return stack

    def limits(self, stack: Stack) -> tuple[str, ...]:
        """Nothing: containers are the same everywhere."""
        return ()

    def observe(self, identity: str, *, closely: bool = False) -> Observed:
        """What exists of an environment."""
        with api.translated():
            return looking.observe(self.client, identity, closely=closely)

    def place(self, stack: Stack, ports: Mapping[str, int], files: Path) -> ContainerPlace:
        """Names inside, published ports on this machine."""
        return ContainerPlace(stack=stack, published=ports, files=files)

    def write(self, deployment: Deployment) -> None:
        """Write `compose.yaml` and the private `.env` beside it."""
        folder = deployment.folder
        text = render("compose.yaml.j2", view(deployment.stack, folder), deployment.stack.folder)
        state.write(folder.parent / ".gitignore", "*\n")
        state.write(folder / "compose.yaml", text)
        state.write(folder / ".env", dotenv(_variables(deployment)))

    def build(self, deployment: Deployment, names: Sequence[str], say: Say) -> None:
        """Build what is not built yet, and pull what is missing; raises NotReadyError naming the service."""
        with api.translated():
            images.ensure(self.client, deployment, names, say)
        for name in names:
            self._build(deployment, name, say)

    def start(self, deployment: Deployment, names: Sequence[str], *, replace: bool) -> None:
        """Start services whose images are there."""
        if replace:  # Compose's own way of recreating leaves the old anonymous volumes behind
            self.discard(deployment.identity, names)
        self._on_network(deployment, lambda compose: _driving().up(compose, names))

    def run(self, deployment: Deployment, job: Job, say: Say) -> Completed:
        """Run a job in a container of its own, removed afterwards."""
        with api.translated():
            if not jobs.has_network(self.client, deployment.identity):
                self._on_network(deployment, lambda compose: _driving().create(compose, [job.service]))
            return jobs.run(self.client, deployment, job, say)

    def invocation(
        self, deployment: Deployment, name: str, argv: Sequence[str], environment: Mapping[str, str], *, terminal: bool
    ) -> Invocation:
        """`docker exec`; values go through the client's environment, never through its argv."""
        with api.translated():
            container = looking.container_id(self.client, deployment.identity, name)
        if container is None:
            raise LocalenvError(f"{name} is not running", hint="localenv status shows what is")
        names = [word for key in environment for word in ("-e", key)]
        flags = ["-i", "-t"] if terminal else ["-i"]
        return Invocation(argv=("docker", "exec", *flags, *names, container, *argv), more=environment)

    def discard(self, identity: str, names: Iterable[str]) -> None:
        """Remove some services with their anonymous volumes."""
        with api.translated():
            removing.services(self.client, identity, set(names))

    def signal(self, identity: str, name: str, action: str) -> None:
        """`stop`, `start`, `pause` or `unpause` one service."""
        with api.translated():
            container = looking.container_id(self.client, identity, name)
            if container is None:
                raise LocalenvError(f"{name} is not running")
            getattr(self.client.api, action)(container, **({"timeout": 1} if action == "stop" else {}))

    def remove(self, identity: str, *, data: bool) -> None:
        """Remove all that carries the environment's label, until two looks find nothing."""
        with api.translated():
            removing.environment(self.client, identity, data=data)

    def logs(
        self, identity: str, names: Sequence[str], *, since: float | None = None, tail: int | None = None, follow: bool
    ) -> Iterator[LogLine]:
        """Merged by time; with `follow` as they come."""
        with api.translated():
            yield from logs.lines(self.client, identity, names, since=since, tail=tail, follow=follow)

    def identities(self) -> list[str]:
        """Every environment of this user that Docker has something of."""
        with api.translated():
            return removing.identities(self.client)

    def _on_network(self, deployment: Deployment, work: Callable[[Any], None]) -> None:
        """Have Compose do what needs the environment's network; where its subnet is taken meanwhile, on another."""
        refused: list[str] = []
        while True:
            with api.translated():
                self._check_names(deployment)
                services = len(deployment.stack.services)
                subnet = subnets.settle(self.client, deployment.identity, services, deployment.folder, refused)
            try:
                return work(self._compose(deployment))
            except subnets.Taken:
                if len(refused) == _ATTEMPTS or not subnet:
                    raise
                refused.append(subnet)

    def _check_names(self, deployment: Deployment) -> None:
        """Once: what comes later under a name that is taken is Docker's to refuse."""
        if deployment.identity not in self._checked:
            ownership.check(self.client, deployment)
            self._checked.add(deployment.identity)

    def _compose(self, deployment: Deployment) -> Any:
        return _driving().client(deployment.identity, deployment.folder, _variables(deployment))

    def _build(self, deployment: Deployment, name: str, say: Say) -> None:
        """Build unless this very build is what the image of that name holds: Compose takes a second to see that."""
        service = deployment.stack.services[name]
        if service.build is None:
            return
        image = image_name(deployment.stack, service, deployment.identity)
        mark = paths.cache() / "images" / f"{sha256(image.encode()).hexdigest()[:16]}.json"
        args = deployment.settlement.mapping(service.build.args, Reader.INSIDE)
        told = sha256(repr((service.build, args)).encode(errors="surrogateescape")).hexdigest()
        wanted = {"digest": service.digest, "build": told}
        if self._image_id(image) is not None and _read(mark) == {**wanted, "id": self._image_id(image)}:
            return
        _driving().build(self._compose(deployment), name, say)
        state.write(mark, json.dumps({**wanted, "id": self._image_id(image)}))

    def _image_id(self, image: str) -> str | None:
        try:
            return str(self.client.api.inspect_image(image)["Id"])
        except ImageNotFound:
            return None


def _variables(deployment: Deployment) -> dict[str, str]:
    published = {deployment.stack.ports[name].variable: str(port) for name, port in deployment.ports.items()}
    contents = {content_variable(name): text.decode(errors="surrogateescape") for name, text in _contents(deployment)}
    hidden = hidden_values(deployment.settlement)
    return {**deployment.values, **published, **contents, **hidden, **_identity(deployment)}


def _contents(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    """Secrets and configs that are not mounted from a file of the repository."""
    for name, content in deployment.files.items():
        if deployment.stack.files[name.removesuffix(".pub")].file is None:
            yield name, content


def _identity(deployment: Deployment) -> dict[str, str]:
    return ownership.variables(deployment.identity, deployment.stack.folder)


def _driving() -> Any:
    """Compose's driver, whose package takes 0.3 s to import: not for a look that finds nothing to do."""
    return import_module("localenv.engines.compose.driving")


def _read(mark: Any) -> Any:
    try:
        return json.loads(mark.read_text())
    except (OSError, ValueError):
        return None
