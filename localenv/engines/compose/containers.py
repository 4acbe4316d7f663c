"""The containers of an environment that exists: one at a time, commands and files in them, bridges beside them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from localenv import paths
from localenv.engines import Deployment, ExecOptions, Say, bridging
from localenv.engines.bridging import LocalRoute
from localenv.engines.compose import detours, executions, listening, looking
from localenv.engines.compose.daemon import Daemon
from localenv.errors import LocalenvError
from localenv.host.sockets import ListeningSocket
from localenv.needs import bare_clients
from localenv.process import Completed, Invocation
from localenv.stack import Job

if TYPE_CHECKING:
    from localenv.engines.compose.working import Working


@dataclass(frozen=True, kw_only=True)
class Containers:
    """The containers of services; `connect` is called by what needs more than to observe."""

    daemon: Daemon
    connect: Callable[[], "Working"]

    def listeners(self, identity: str, name: str) -> Sequence[ListeningSocket] | None:
        """The sockets in its container."""
        return listening.listeners(self.daemon, identity, name, self.execute)

    def signal(self, identity: str, name: str, action: str) -> None:
        """`stop`, `start`, `pause` or `unpause` one service."""
        self.working.signal(paths.rendered(identity), self.container(identity, name), action)

    def restart(self, deployment: Deployment, name: str, instead: Mapping[Path, Path] | None = None) -> None:
        """Restart its container, which keeps the files that were put into it; `instead` of mounted files in another."""
        self.working.restart_in(deployment, name, self.container(deployment.identity, name), instead or {})

    def discard(self, identity: str, names: Iterable[str]) -> None:
        """Remove some services with their anonymous volumes."""
        self.working.discard(identity, names)

    def detour(self, deployment: Deployment, name: str, delay: float | None) -> None:
        """Give its name on the network to a bridge."""
        identity, container = deployment.identity, self.container(deployment.identity, name)
        routes = detours.routes(deployment, deployment.stack.services[name], delay)
        self.working.bridge(deployment, bridging.detour(name), routes)
        self.working.rename(identity, container, [detours.away(name)])

    def direct(self, deployment: Deployment, name: str) -> None:
        """Give its name back."""
        if container := looking.container_id(self.daemon, deployment.identity, name):
            names = [name, *deployment.stack.services[name].aliases]
            self.working.rename(deployment.identity, container, names)
        self.working.unbridge(deployment.identity, bridging.detour(name))

    def container(self, identity: str, name: str) -> str:
        """The id of a service's container; raises LocalenvError if there is none."""
        container = looking.container_id(self.daemon, identity, name)
        if container is None:
            raise LocalenvError(f"{name} is not running", hint="list running services: localenv status")
        return container

    def execute(self, container: str, argv: Sequence[str], *, user: str = "") -> Completed | None:
        """Run a program in a container; None if it cannot run, or does not end within seconds."""
        return self.working.execute(container, argv, user=user)

    @property
    def working(self) -> "Working":
        """The operations that change something."""
        return self.connect()


@dataclass(frozen=True, kw_only=True)
class ContainerCommands:
    """Commands in containers."""

    containers: Containers

    def run(self, deployment: Deployment, job: Job, say: Say) -> Completed:
        """Run a job in a separate container, removed afterwards."""
        return self.containers.working.run(deployment, job, say)

    def inside(
        self,
        deployment: Deployment,
        name: str,
        argv: Sequence[str],
        environment: Mapping[str, str],
        options: ExecOptions = ExecOptions(),  # noqa: B008 - frozen
    ) -> Invocation:
        """`docker exec`, in a need with the variables of its clients; values are never on a command line."""
        if name in deployment.stack.needs:
            environment = {**deployment.resolution.client(name), **environment}
        names = [word for key in environment for word in ("-e", key)]
        flags = ["-i", *_flags(options)]
        container = self.containers.container(deployment.identity, name)
        if name in deployment.stack.needs and bare_clients.may_call(deployment.stack.needs[name], argv):
            self.containers.working.put_clients(deployment, name, container)
        end = partial(executions.end, self.containers.daemon, container, argv, self.containers.execute)
        return Invocation(argv=("docker", "exec", *flags, *names, container, *argv), more=environment, end=end)

    def outside(self, deployment: Deployment, name: str, argv: Sequence[str]) -> Invocation:
        """In the folder it is built from, with the programs of this process; nothing is prepared there."""
        return Invocation(argv=tuple(argv), folder=deployment.stack.services[name].folder)


def _flags(options: ExecOptions) -> Iterator[str]:
    if options.terminal:
        yield "-t"
    if options.privileged:
        yield "--privileged"
    if options.user:
        yield from ("-u", options.user)
    if options.working_dir:
        yield from ("-w", options.working_dir)


@dataclass(frozen=True, kw_only=True)
class ContainerCopies:
    """The files of a service in its container."""

    containers: Containers

    def put(self, deployment: Deployment, name: str, files: Sequence[tuple[Path, str]]) -> Callable[[], None]:
        """Copy them through Docker's API."""
        return self.containers.working.put(self.containers.container(deployment.identity, name), files)


@dataclass(frozen=True, kw_only=True)
class ContainerBridges:
    """Containers that lead others to programs on this machine."""

    containers: Containers

    def start(self, deployment: Deployment, key: str, routes: Sequence[LocalRoute]) -> None:
        """A container on the environment's network, and a forwarder on this machine that keeps connections to it."""
        self.containers.working.bridge(deployment, key, routes)

    def address(self, route: LocalRoute) -> tuple[str, int]:
        """Its name and port on the network."""
        return route.name, route.port

    def stop(self, identity: str, key: str) -> None:
        """Remove the container and the forwarder."""
        self.containers.working.unbridge(identity, key)
