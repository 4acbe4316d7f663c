"""The operations that change something, with Docker's Python client, and Compose where necessary."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import docker

from localenv.engines import Deployment, LogLine, Say, bridging
from localenv.engines.bridging import LocalRoute
from localenv.engines.compose import (
    api,
    bridge,
    built,
    caching,
    clients,
    copying,
    creating,
    driving,
    earlier,
    in_container,
    jobs,
    leading,
    logs,
    making,
    network_names,
    outputs,
    prepared,
    pulling,
    removing,
    starting_again,
)
from localenv.engines.compose.creating import Creation
from localenv.engines.compose.daemon import Daemon
from localenv.errors import NotReadyError
from localenv.process import Completed
from localenv.rendering import image_name
from localenv.stack import Job


def connect(daemon: Daemon, creation: Creation) -> "Working":
    """Connect to Docker behind a Unix socket; raises EngineError."""
    return Working(client=api.connect(daemon.address), daemon=daemon, creation=creation)


@dataclass(frozen=True, kw_only=True)
class Working:
    """The methods of the engine interface that change or follow something."""

    client: docker.DockerClient
    daemon: Daemon
    creation: Creation
    unremoved: dict[str, Sequence[str]] = field(
        default_factory=dict
    )  # files to remove once a container runs, by its id

    def build(self, deployment: Deployment, names: Sequence[str], missing: Mapping[str, str], say: Say) -> None:
        """Pull images, each for a service, and build services; raises NotReadyError naming the service."""
        with api.translated():
            pulling.pull(self.client, missing, say)
        for name in names:
            leading.check(deployment.stack)
            _building().build(self.creation.compose(deployment), name, say)
            leading.check(deployment.stack)  # before anything runs from what was built of another folder
            built.record(self.daemon, deployment, name)
            caching.keep_few(self.client, deployment.identity, name)
        caching.ImageCache(daemon=self.daemon, client=self.client).bound()

    def start(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Start services whose images exist."""
        waiting = self.creation.made
        self._put_outputs(deployment, names)
        if rest := [name for name in names if name not in waiting]:
            self.creation.up(deployment, rest)
            self._check_leads(deployment, rest)
        if made := [name for name in names if name in waiting]:
            leading.check(deployment.stack)
            with api.translated():
                making.start(self.client, deployment, made, partial(prepared.put, self.client, self.daemon, deployment))
            waiting.difference_update(made)
            self._check_leads(deployment, names)

    def run(self, deployment: Deployment, job: Job, say: Say) -> Completed:
        """Run a job in a separate container, removed afterwards."""
        self.creation.make_network(deployment, job.service)
        with api.translated():
            leading.check(deployment.stack)
            return jobs.run(self.client, deployment, job, say)

    def execute(self, container: str, argv: Sequence[str], *, user: str = "") -> Completed | None:
        """Run a program in a container; None if it cannot run, or does not end within seconds."""
        return in_container.execute(self.client, container, argv, user=user)

    def put_clients(self, deployment: Deployment, need: str, container: str) -> None:
        """Put scripts that connect its bare clients into the container of a need."""
        with api.translated():
            clients.put(self.client, container, deployment, need)

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
            copying.remove(self.client, container, self.unremoved.pop(container, ()))

    def restart_in(self, deployment: Deployment, name: str, container: str, instead: Mapping[Path, Path]) -> None:
        """Restart a service in a container that sees files `instead` of mounted ones; without any, of none."""
        with api.translated():
            mounts = self.client.api.inspect_container(container)["Mounts"]
        if not earlier.write(deployment, name, mounts, instead):
            self.restart(deployment.folder, container)
            return
        self.signal(deployment.folder, container, "stop")
        self.creation.up(deployment, [name])

    def put(self, container: str, files: Sequence[tuple[Path, str]]) -> Callable[[], None]:
        """Copy files of this machine into a container; returns a function that puts the old ones back."""
        with api.translated():
            before = copying.contents(self.client, container, [target for _, target in files])
            now = {target: copying.read(path) for path, target in files}
            self.unremoved[container] = copying.put(self.client, container, now)

        def back() -> None:
            with api.translated():
                self.unremoved[container] = copying.put(self.client, container, before)

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
            if creating.has_network(self.daemon, deployment.identity):
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
            if driving.wait_for_rest(identity):
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
        if unmade := [name for name in written if name not in self.creation.made]:
            self.creation.make(deployment, unmade)
        with api.translated():
            outputs.put(self.client, deployment, written)


def _building() -> Any:
    """The builder, whose package takes 0.3 s to import: only imported when something is built."""
    from localenv.engines.compose import building

    return building
