"""The Compose engine: the engine interface, implemented with Docker."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from localenv.engines import (
    Bridges,
    Cache,
    CodeCopies,
    Deployment,
    Fitted,
    Images,
    LogLine,
    Observed,
    Say,
    ServiceCommands,
    Services,
    ServiceText,
    Started,
)
from localenv.engines.compose import bases, daemon, endpoint, images, left_out, looking
from localenv.engines.compose.containers import ContainerBridges, ContainerCommands, ContainerCopies, Containers
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.place import ContainerPlace
from localenv.errors import EngineError
from localenv.rendering import buildable, image_name
from localenv.stack import Role, Service, Stack
from localenv.stubs import relay

if TYPE_CHECKING:
    from localenv.engines.compose.creating import Creation
    from localenv.engines.compose.working import Working

REASON = "using Docker Compose (Docker engine found)"
WAITING = "waiting for Docker, which does not answer yet"


def connect(patience: float = daemon.PATIENCE, *, at: str = "") -> "ComposeEngine":
    """Connect to Docker on this machine, or `at` the endpoint on which an environment was started.

    Raises EngineError if it does not answer within `patience` seconds.
    """
    endpoint.follow(at)
    return ComposeEngine(daemon=daemon.connect(patience))


def check() -> None:
    """Raise EngineError if the program to build and start is missing; observing and removing do not need it."""
    if shutil.which("docker") is None:
        raise EngineError(
            "Docker engine found, but the program `docker` is not installed",
            hint="install the Docker client with Compose v2, or use --engine native",
        )


def publisher(port: int) -> str:
    """The container that publishes a port of this machine."""
    return daemon.publisher(port)


def due(stack: Stack, text: ServiceText) -> Mapping[str, Sequence[str]]:
    """Empty: images are built instead."""
    return {}


@dataclass(frozen=True, kw_only=True)
class BuiltImages:
    """What is known about builds without building."""

    daemon: Daemon
    connect: Callable[[], "Working"]

    def inputs(self, deployment: Deployment) -> Mapping[str, str]:
        """The ids of base images."""
        return bases.ids(self.daemon, deployment)

    def due(self, deployment: Deployment) -> Mapping[str, str]:
        """Empty: a built image is complete."""
        return {}

    def named(self, deployment: Deployment) -> Mapping[str, str]:
        """The ids of the images that are there: a tag may lead to another image than before."""
        found = deployment.stack.of(Role.SERVICE, Role.NEED)
        names = {one.name: images.named(deployment, one.name) for one in found}
        known = {image: self.daemon.image(image) for image in {*names.values()} if image}
        return {name: known[image] for name, image in names.items() if image and known[image]}

    def current(self, deployment: Deployment, service: Service) -> str:
        """The id of the built image; empty for a pulled one."""
        built = service.build is not None
        return self.daemon.image(image_name(deployment.stack, service, deployment.identity)) if built else ""

    def keep(self, deployment: Deployment, name: str) -> Callable[[], bool]:
        """Its image, which gets the name of the build again."""
        service = deployment.stack.services[name]
        kept = self.current(deployment, service)

        def back() -> bool:
            is_another = kept not in ("", self.current(deployment, service))
            if is_another:
                self.connect().tag(deployment, name, kept)
            return is_another

        return back

    def search_paths(self, deployment: Deployment) -> Mapping[str, Sequence[Path]]:
        """Empty: built files are in the images."""
        return {}


@dataclass(frozen=True, kw_only=True)
class ComposeEngine:
    """Runs a stack as a Compose project; observing needs only the standard library."""

    daemon: Daemon
    name: str = "compose"

    @property
    def endpoint(self) -> str:
        """Docker's endpoint, in the format of `DOCKER_HOST`."""
        return f"unix://{self.daemon.address}"

    @property
    def images(self) -> Images:
        """Base images and built images."""
        return BuiltImages(daemon=self.daemon, connect=lambda: self._working)

    @property
    def cache(self) -> Cache:
        """The built images."""
        return self._working.cache(self.daemon)

    @property
    def services(self) -> Services:
        """Containers."""
        return self._containers

    @property
    def commands(self) -> ServiceCommands:
        """Commands in containers."""
        return ContainerCommands(containers=self._containers)

    @property
    def copies(self) -> CodeCopies:
        """Files in containers, which Docker's API replaces."""
        return ContainerCopies(containers=self._containers)

    @property
    def bridges(self) -> Bridges:
        """Containers on the environment's network."""
        return ContainerBridges(containers=self._containers)

    def fit(self, stack: Stack) -> Fitted:
        """The stack unchanged: containers behave the same everywhere."""
        return Fitted(stack=stack, limits=tuple(left_out.limits(stack)), holds=True)

    def check(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Raise DescriptionError for services that run only natively; every image version is available."""
        buildable.check(deployment.stack.services[name] for name in names)

    def observe(self, identity: str, *, closely: bool = False) -> Observed:
        """Observe an environment."""
        return looking.observe(self.daemon, identity, closely=closely)

    def survey(self) -> Mapping[str, Observed]:
        """Every environment in Docker, with one query."""
        return looking.survey(self.daemon)

    def place(self, stack: Stack, ports: Mapping[str, int], files: Path) -> ContainerPlace:
        """Names inside containers, published ports on this machine."""
        return ContainerPlace(stack=stack, published=ports, files=files)

    def import_start(self) -> None:
        """Import what renders Compose's files and creates containers."""
        from localenv.engines.compose import creating, writing  # noqa: F401

    def write(self, deployment: Deployment) -> None:
        """Write Compose's files."""
        from localenv.engines.compose import writing

        writing.write(deployment)

    def build(self, deployment: Deployment, names: Sequence[str], say: Say) -> None:
        """Build or pull missing images; raises NotReadyError naming the service."""
        from localenv.engines.compose import built, images

        missing, due = images.missing(self.daemon, deployment, names), list(built.due(self.daemon, deployment, names))
        if missing or due:
            self._working.build(deployment, due, missing, say)

    def start(self, deployment: Deployment, names: Sequence[str], later: Sequence[str] = ()) -> Started:
        """Start services; their images, and those of `later` ones, exist."""
        self._creation.make_together(deployment, names, later)
        self._working.start(deployment, names)
        held = [one.name for one in deployment.stack.of(Role.STUBS) if one.name in names]
        gates = {name: partial(relay.let_in, deployment.ports[name]) for name in held}
        return Started(gates=gates, once_ready=self._preparations(deployment, names))

    def remove(self, identity: str, *, data: bool) -> None:
        """Remove all resources with the environment's label, until two checks find nothing."""
        self._working.remove(identity, data=data)

    def logs(
        self, identity: str, names: Sequence[str], *, since: float | None = None, tail: int | None = None, follow: bool
    ) -> Iterator[LogLine]:
        """Merge by time; with `follow`, yield as they arrive."""
        yield from self._working.logs(identity, names, since=since, tail=tail, follow=follow)

    def _preparations(self, deployment: Deployment, names: Sequence[str]) -> tuple[Callable[[], None], ...]:
        """What begins to prepare files for later containers of these services."""
        from localenv.engines.compose import prepared

        wanting = prepared.wanting(self.daemon, deployment, names)
        return tuple(partial(prepared.begin, self.daemon, deployment, one) for one in wanting)

    @property
    def _containers(self) -> Containers:
        return Containers(daemon=self.daemon, connect=lambda: self._working)

    @cached_property
    def _creation(self) -> "Creation":
        """The part that starts Compose, which meanwhile lets the rest be imported."""
        from localenv.engines.compose import creating

        return creating.Creation(daemon=self.daemon, meanwhile=_imported)

    @cached_property
    def _working(self) -> "Working":
        """The part that takes 0.2 s to import, which a check without changes avoids."""
        from localenv.engines.compose import working

        return working.connect(self.daemon, self._creation)


def _imported() -> None:
    """Import what works on containers; two threads that connected at once would leave a client open."""
    from localenv.engines.compose import working  # noqa: F401
