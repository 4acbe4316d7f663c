"""What the contracts of upstreams do not allow in a running environment, and mappings that nothing asked for."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.stack import Role, Upstream
from localenv.stubs import layers, sources
from localenv.stubs.admin import Admin
from localenv.stubs.calls import name_of, of_event
from localenv.stubs.contracts import Contracts, Violation


@dataclass(kw_only=True)
class Judged:
    """What the contracts do not allow, and the number of older requests that were too many to judge."""

    violations: list[Violation] = field(default_factory=list)
    older: int = 0


def violations(deployment: Deployment, upstreams: Sequence[str], since: float | None) -> Judged:
    """Judge the journal, oldest first; of some upstreams, or of all. Raises LocalenvError."""
    judged = Judged()
    chosen = {one.name: one for one in stubbing.chosen(deployment.stack, upstreams)}
    contracts = Contracts(chosen)
    if not any(map(contracts.has, chosen)):
        return judged
    for admin in _admins(deployment, chosen.values()):
        with admin:
            events = admin.latest() if since is None else admin.traffic(since)
            calls = [of_event(owner, event) for owner, event in events if contracts.has(owner)]
            judged.violations += contracts.violations(sorted(calls, key=lambda call: call.time))
            judged.older += admin.journal.left_out if since is None else 0
    return judged


def counts(admin: Admin, upstreams: Sequence[Upstream]) -> dict[str, int]:
    """The number of exchanges in the journal that the contract of each upstream does not allow, where it has one."""
    contracts = Contracts({one.name: one for one in upstreams})
    found = {one.name: set[str]() for one in upstreams if contracts.has(one.name)}
    if found:
        calls = [of_event(owner, event) for owner, event in admin.latest() if owner in found]
        for one in contracts.violations(calls):
            found[one.upstream].add(one.call.id)
    return {name: len(ids) for name, ids in found.items()}


def unused(deployment: Deployment, upstreams: Sequence[str]) -> Iterator[Problem]:
    """The mappings in files of the repository that answered no request in the journal. Raises LocalenvError."""
    chosen = {one.name: one for one in stubbing.chosen(deployment.stack, upstreams)}
    places = cache(lambda name: _places(chosen[name]))
    used: dict[Problem, None] = {}  # an interaction of a Pact has several mappings
    idle: dict[Problem, None] = {}
    for admin in _admins(deployment, chosen.values()):
        with admin:
            hit = {event.get("stubMapping", {}).get("id") for _, event in admin.latest()}
            for stub in admin.stubs(*chosen):
                about = stub["metadata"]["localenv"]
                is_own = about["source"] == layers.OVERLAY or "operation" in about or layers.is_ignored(stub)
                file = sources.written(chosen[about["upstream"]].sources, about["source"])
                if file and not is_own:
                    at = places(about["upstream"]).get(stub["id"], Position(file))
                    problem = Problem(f"{about['upstream']}: “{name_of(stub)}” answered no request", at)
                    (used if stub["id"] in hit else idle)[problem] = None
    yield from (one for one in idle if one not in used)


def _places(upstream: Upstream) -> dict[str, Position]:
    """Where its mappings stand, by their ids; none if a file is no longer readable."""
    with suppress(DescriptionError):
        return {one.mapping["id"]: at for one in layers.prepared(upstream) if (at := one.at(()))}
    return {}


def _admins(deployment: Deployment, upstreams: Iterable[Upstream]) -> Iterator[Admin]:
    servers = {one.server for one in upstreams}
    for service in deployment.stack.of(Role.STUBS):
        if service.name in servers:
            yield stubbing.admin(deployment, service.name)
