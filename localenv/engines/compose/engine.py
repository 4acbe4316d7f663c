"""The compose engine: the protocol of engines, spoken with Docker."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from localenv.engines import Cache, Deployment, Fitted, Images, LogLine, Observed, Say, Started, Text
from localenv.engines.compose import bases, daemon, endpoint, executions, left_out, listening, looking
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.place import ContainerPlace
from localenv.errors import EngineError, LocalenvError
from localenv.host.sockets import Listener
from localenv.process import Completed, Invocation
from localenv.rendering import buildable, image_name
from localenv.stack import Job, Service, Stack

if TYPE_CHECKING:
    from localenv.engines.compose.working import Working

REASON = "using Docker Compose (Docker engine found)"
WAITING = "waiting for Docker, which is there and does not answer yet"


def connect(patience: float = daemon.PATIENCE, *, at: str = "") -> "ComposeEngine":
    """The engine on this machine's Docker, or the one `at` an endpoint that an environment was started on.

    Raises EngineError where it does not answer within `patience` seconds.
    """
    endpoint.follow(at)
    return ComposeEngine(daemon=daemon.connect(patience))


def check() -> None:
    """Raise EngineError where the program is missing that builds and starts; to look and to remove takes none."""
    if shutil.which("docker") is None:
        raise EngineError(
            "Docker engine found, but the program `docker` is not installed",
            hint="install the Docker client with Compose v2, or use --engine native",
        )


def due(stack: Stack, text: Text) -> Mapping[str, Sequence[str]]:
    """Nothing: images are built."""
    return {}


@dataclass(frozen=True, kw_only=True)
class BuiltImages:
    """What is known of builds without building."""

    daemon: Daemon

    def inputs(self, deployment: Deployment) -> Mapping[str, str]:
        """The ids of base images."""
        return bases.ids(self.daemon, deployment)

    def due(self, deployment: Deployment) -> Mapping[str, str]:
        """Nothing: an image that was built is whole."""
        return {}

    def current(self, deployment: Deployment, service: Service) -> str:
        """The id of what was built; of what is pulled nothing is known here."""
        built = service.build is not None
        return self.daemon.image(image_name(deployment.stack, service, deployment.identity)) if built else ""


@dataclass(frozen=True, kw_only=True)
class ComposeEngine:
    """Runs a stack as a Compose project; to look at one takes the standard library alone."""

    daemon: Daemon
    name: str = "compose"

    @property
    def endpoint(self) -> str:
        """Docker's, as `DOCKER_HOST` says it."""
        return f"unix://{self.daemon.address}"

    @property
    def images(self) -> Images:
        """What builds begin with, and what was built."""
        return BuiltImages(daemon=self.daemon)

    @property
    def cache(self) -> Cache:
        """Images that were built."""
        return self._working.cache(self.daemon)

    def fit(self, stack: Stack) -> Fitted:
        """As it is: containers are the same everywhere."""
        return Fitted(stack=stack, limits=tuple(left_out.limits(stack)))

    def check(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Raise DescriptionError for services that run natively alone; an image of any version can be had."""
        buildable.check(deployment.stack.services[name] for name in names)

    def observe(self, identity: str, *, closely: bool = False) -> Observed:
        """What exists of an environment."""
        return looking.observe(self.daemon, identity, closely=closely)

    def listeners(self, identity: str, name: str) -> Sequence[Listener] | None:
        """Those in its container."""
        return listening.listeners(self.daemon, identity, name)

    def survey(self, identities: Iterable[str]) -> Mapping[str, Observed]:
        """All that Docker has, in one listing."""
        return looking.survey(self.daemon)

    def place(self, stack: Stack, ports: Mapping[str, int], files: Path) -> ContainerPlace:
        """Names inside, published ports on this machine."""
        return ContainerPlace(stack=stack, published=ports, files=files)

    def write(self, deployment: Deployment) -> None:
        """Write what Compose reads."""
        from localenv.engines.compose import working

        working.write(deployment)

    def build(self, deployment: Deployment, names: Sequence[str], say: Say) -> None:
        """Build what is not built yet, and pull what is missing; raises NotReadyError naming the service."""
        self._working.build(deployment, names, say)

    def start(self, deployment: Deployment, names: Sequence[str], later: Sequence[str] = ()) -> Started:
        """Start services whose images are there, as those are of what starts `later`."""
        self._working.start(deployment, names, later)
        return Started()

    def run(self, deployment: Deployment, job: Job, say: Say) -> Completed:
        """Run a job in a container of its own, removed afterwards."""
        return self._working.run(deployment, job, say)

    def invocation(
        self, deployment: Deployment, name: str, argv: Sequence[str], environment: Mapping[str, str], *, terminal: bool
    ) -> Invocation:
        """`docker exec`; values go through the client's environment, never through its argv."""
        names = [word for key in environment for word in ("-e", key)]
        flags = ["-i", "-t"] if terminal else ["-i"]
        container = self._container(deployment.identity, name)
        return Invocation(argv=("docker", "exec", *flags, *names, container, *argv), more=environment)

    def end_inside(self, identity: str, name: str, argv: Sequence[str]) -> None:
        """What Docker lets go on though its client is gone."""
        executions.end(self.daemon, identity, name, argv)

    def search_paths(self, deployment: Deployment) -> Mapping[str, Sequence[Path]]:
        """None: what services were built with is in their images."""
        return {}

    def discard(self, identity: str, names: Iterable[str]) -> None:
        """Remove some services with their anonymous volumes."""
        self._working.discard(identity, names)

    def signal(self, identity: str, name: str, action: str) -> None:
        """`stop`, `start`, `pause` or `unpause` one service."""
        self._working.signal(self._container(identity, name), action)

    def remove(self, identity: str, *, data: bool) -> None:
        """Remove all that carries the environment's label, until two looks find nothing."""
        self._working.remove(identity, data=data)

    def logs(
        self, identity: str, names: Sequence[str], *, since: float | None = None, tail: int | None = None, follow: bool
    ) -> Iterator[LogLine]:
        """Merged by time; with `follow` as they come."""
        yield from self._working.logs(identity, names, since=since, tail=tail, follow=follow)

    @cached_property
    def _working(self) -> "Working":
        """What it needs takes 0.2 s to import: not for a look that finds nothing to do."""
        from localenv.engines.compose import working

        return working.connect(self.daemon.address)

    def _container(self, identity: str, name: str) -> str:
        container = looking.container_id(self.daemon, identity, name)
        if container is None:
            raise LocalenvError(f"{name} is not running", hint="list running services: localenv status")
        return container
