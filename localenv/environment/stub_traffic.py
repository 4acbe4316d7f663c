"""What the stub servers of an environment know: requests to upstreams, and what was added to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localenv import paths
from localenv.engines import Deployment, Observed, Seen
from localenv.environment import stubbing
from localenv.errors import LocalenvError
from localenv.stack import Role
from localenv.stack.states import ServiceState

if TYPE_CHECKING:
    from localenv.environment.overrides.entries import Override

_PATIENCE = 5.0  # seconds for an answer of a stub server, without which there is still much to show


@dataclass(frozen=True, kw_only=True)
class StubTraffic:
    """Facts about upstreams by name, of those whose server answers; all active overrides, the oldest first."""

    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # requests, unmatched ones
    strangers: Mapping[str, Iterable[str]] = field(default_factory=dict)  # foreign Host headers of answered requests
    violating: Mapping[str, int] = field(default_factory=dict)  # exchanges that a contract does not allow
    overrides: Sequence["Override"] = ()

    def on(self, upstream: str) -> list["Override"]:
        """The overrides of one upstream."""
        return [one for one in self.overrides if one.subject == upstream]


def ask(deployment: Deployment, observed: Observed) -> StubTraffic:
    """Ask every stub server that runs; of one that is paused or stopped only the recorded overrides are known."""
    from localenv.environment import contracts  # keeps these out of an `up` with nothing to do
    from localenv.environment.overrides import entries

    counts: dict[str, tuple[int, int]] = {}
    strangers: dict[str, Iterable[str]] = {}
    violating: dict[str, int] = {}
    servers = [service.name for service in deployment.stack.of(Role.STUBS)]
    asked = [name for name in servers if _answers(observed.services.get(name))]
    active = [one for one in recorded(deployment).overrides if one.server not in asked]
    for name in asked:
        try:
            with stubbing.admin(deployment, name, patience=_PATIENCE) as admin:
                counts |= admin.counts()
                strangers |= admin.strangers()
                active += entries.active(admin, *deployment.stack.upstreams)
                answered = [one for one in deployment.stack.upstreams.values() if one.server == name]
                violating |= contracts.counts(admin, answered)
        except (LocalenvError, OSError):
            continue
    active.sort(key=lambda one: one.time)
    return StubTraffic(counts=counts, strangers=strangers, violating=violating, overrides=active)


def _answers(seen: Seen | None) -> bool:
    return seen is not None and seen.state is ServiceState.RUNNING


def recorded(deployment: Deployment) -> StubTraffic:
    """The recorded overrides alone, without asking a server."""
    if not paths.overrides(deployment.identity).exists():
        return StubTraffic()
    from localenv.environment.overrides import entries

    active = [one for one in entries.recorded(deployment.identity) if not one.is_over]
    return StubTraffic(overrides=tuple(active))
