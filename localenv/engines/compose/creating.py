"""Create containers and their network with Compose, before anything else is imported for the start.

All are created at once, so that each can be started through Docker's API alone (`making.py`).
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from localenv.engines import Deployment
from localenv.engines.compose import driving, foreign, images, leading, ownership, subnets, writing
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.driving import Compose
from localenv.errors import NotReadyError
from localenv.host.background import in_background
from localenv.stack import Service

_ATTEMPTS = 10  # to find a free subnet


@dataclass(frozen=True, kw_only=True)
class Creation:
    """Compose, for the environments of one engine; `meanwhile` is run in the background while Compose works."""

    daemon: Daemon
    meanwhile: Callable[[], object]
    made: set[str] = field(default_factory=set)  # services with containers that were not started yet
    _checked: set[str] = field(default_factory=set, repr=False)  # environments whose names were checked for conflicts

    def make_together(self, deployment: Deployment, names: Sequence[str], later: Sequence[str]) -> None:
        """Create the containers of services and of those `later` ones whose images exist.

        A problem with one of them is reported when it is started.
        """
        fetched = images.fetched(self.daemon, deployment, later)
        wanted = [name for name in (*names, *fetched) if name not in self.made]
        if missing := self._missing(deployment, wanted):
            with suppress(NotReadyError):
                self.make(deployment, missing)
                self.made.update(missing)

    def make(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Create the containers of services, to be started later; raises NotReadyError with Compose's message."""
        self._on_network(deployment, lambda compose: compose.make(names))

    def up(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Start services whose images exist; raises NotReadyError with Compose's message."""
        self._on_network(deployment, lambda compose: compose.up(names))

    def make_network(self, deployment: Deployment, service: str) -> None:
        """Create the environment's network, unless it exists; Compose creates it with the first service."""
        if not has_network(self.daemon, deployment.identity):
            self._on_network(deployment, lambda compose: compose.make_network(service))

    def compose(self, deployment: Deployment) -> Compose:
        """Compose with the files of an environment."""
        folder, project = deployment.folder, writing.project(deployment)
        return driving.compose(deployment.identity, folder, project, writing.variables(deployment))

    def _on_network(self, deployment: Deployment, work: Callable[[Compose], None]) -> None:
        """Run Compose for work that needs the network; if its subnet is taken meanwhile, retry with another."""
        refused: list[str] = []
        while True:
            self._check_names(deployment)
            services = len(deployment.stack.services)
            subnet = subnets.choose(self.daemon, deployment.identity, services, deployment.folder, refused)
            leading.check(deployment.stack)
            compose = self.compose(deployment)
            in_background(self.meanwhile)
            try:
                return work(compose)
            except subnets.Taken:
                if len(refused) == _ATTEMPTS or not subnet:
                    raise
                refused.append(subnet)

    def _check_names(self, deployment: Deployment) -> None:
        """Check once; Docker refuses a conflict that occurs later."""
        if deployment.identity not in self._checked:
            foreign.check(self.daemon, deployment)
            self._checked.add(deployment.identity)

    def _missing(self, deployment: Deployment, names: Sequence[str]) -> list[str]:
        """The services without a container that can be started through Docker's API."""
        if deployment.stack.rendered:  # fragments of the repository may change anything
            return []
        labels = [entry["Labels"] for entry in self.daemon.containers(ownership.mine(deployment.identity))]
        there = {found.get(ownership.SERVICE) for found in labels}
        services = deployment.stack.services
        return [name for name in names if name not in there and _is_for_docker(services[name])]


def has_network(daemon: Daemon, identity: str) -> bool:
    """Whether the environment's network exists; Compose creates it with the first need or service."""
    return bool(daemon.networks(ownership.mine(identity)))


def _is_for_docker(service: Service) -> bool:
    """Whether Docker's API can start it: Compose would also run hooks and copy files."""
    return not service.files and "post_start" not in service.compose
