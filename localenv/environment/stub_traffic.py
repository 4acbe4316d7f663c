"""What the stub servers of an environment know: requests to upstreams, and what was added to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localenv import paths
from localenv.engines import Deployment, Observed
from localenv.environment import stubbing
from localenv.errors import LocalenvError
from localenv.stack import Role

if TYPE_CHECKING:
    from localenv.environment.overrides import Override


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
    """Ask every stub server that runs; one that does not answer is left out."""
    from localenv.environment import contracts, overrides  # keeps these out of an `up` with nothing to do

    counts: dict[str, tuple[int, int]] = {}
    strangers: dict[str, Iterable[str]] = {}
    violating: dict[str, int] = {}
    active = [one for one in overrides.recorded(deployment.identity) if not one.server and not one.is_over]
    for service in deployment.stack.of(Role.STUBS):
        if service.name not in observed.services:
            continue
        try:
            with stubbing.admin(deployment, service.name) as admin:
                counts |= admin.counts()
                strangers |= admin.strangers()
                active += overrides.active(admin, *deployment.stack.upstreams)
                answered = [one for one in deployment.stack.upstreams.values() if one.server == service.name]
                violating |= contracts.counts(admin, answered)
        except (LocalenvError, OSError):
            continue
    active.sort(key=lambda one: one.time)
    return StubTraffic(counts=counts, strangers=strangers, violating=violating, overrides=active)


def recorded(deployment: Deployment) -> StubTraffic:
    """The recorded overrides alone, without asking a server."""
    if not paths.overrides(deployment.identity).exists():
        return StubTraffic()
    from localenv.environment import overrides  # most environments have none

    active = [one for one in overrides.recorded(deployment.identity) if not one.is_over]
    return StubTraffic(overrides=tuple(active))
