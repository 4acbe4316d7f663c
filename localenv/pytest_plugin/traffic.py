"""The requests to one worker's upstreams, and the stubs that its tests add."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from localenv import Environment
from localenv.environment import stubbing
from localenv.environment.overrides import entries, faults
from localenv.environment.overrides.entries import TEST, OverrideKind, OverrideOwner
from localenv.environment.overrides.faults import Failing
from localenv.pytest_plugin.scope import Scope
from localenv.stack import Unmatched, Upstream
from localenv.stubs import layers
from localenv.stubs.admin import Admin
from localenv.stubs.calls import Call, of_event
from localenv.stubs.contracts import Contracts, Violation
from localenv.stubs.journal import Unanswered
from localenv.stubs.vocabulary import FIRST_STATE

_SLACK = 0.002  # seconds: the journal has millisecond resolution


@dataclass(kw_only=True)
class Traffic:
    """The upstreams of a worker; `names` maps names in the description to those of this worker.

    `is_shared`: other workers use the same upstreams, and requests are distinguished by their trace.
    """

    environment: Environment
    names: Mapping[str, str]
    worker: int
    is_shared: bool
    _admins: dict[str, Admin] = field(default_factory=dict, repr=False)
    _states: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)  # of scenarios, by server
    _kept: list[tuple[object, dict[str, dict[str, str]]]] = field(default_factory=list, repr=False)  # the previous ones

    def __post_init__(self) -> None:
        self._described = {own: name for name, own in self.names.items()}
        self._saved = self.environment.saved_stubs()
        self._contracts = Contracts(self.environment.stack.upstreams)

    def reload(self) -> list[str]:
        """Reload stubs saved since the last check; upstreams with mistakes keep their old ones, which is returned."""
        refused = self._saved.reload(*self._upstreams())
        return [
            f"{self._described[own]}: not reloaded, the old stubs stay active:\n{one.message}"
            for own, one in refused.items()
        ]

    def overlay(self, scope: Scope, upstream: str, stubs: Sequence[Mapping[str, Any]]) -> None:
        """Add stubs until the scope ends; if workers share upstreams, only for the scope's own requests."""
        own = self.names[upstream]
        if self.is_shared:
            stubs = [{**stub, "request": faults.of_trace(stub.get("request", {}), scope.traces)} for stub in stubs]
        owner = OverrideOwner.here(TEST, name=scope.name, worker=self.worker)
        begun = entries.new(OverrideKind.STUB, own, owner)
        deployment = self.environment.deployment
        whole = self.environment.stack.upstreams[own]
        override = entries.add(deployment, self._admin(own), whole, stubs, begun)
        scope.undo.callback(self._refresh, whole)
        scope.undo.callback(entries.remove, deployment.identity, self._admin(own), [override])
        self._refresh(whole)

    def fault(self, scope: Scope, upstream: str, failing: Failing) -> None:
        """Make an upstream fail until the scope ends; if workers share upstreams, only for the scope's own requests."""
        own = self.names[upstream]
        if self.is_shared:
            failing = replace(failing, trace=scope.traces)
        owner = OverrideOwner.here(TEST, name=scope.name, worker=self.worker)
        begun = entries.new(OverrideKind.FAULT, own, owner)
        deployment = self.environment.deployment
        override = faults.add(deployment, self._admin(own), self.environment.stack.upstreams[own], failing, begun)
        scope.undo.callback(entries.remove, deployment.identity, self._admin(own), [override])

    def _refresh(self, upstream: Upstream) -> None:
        faults.refresh(self.environment.deployment, self._admin(upstream.name), upstream)

    def calls(self, scope: Scope) -> list[Call]:
        """The requests of the scope to upstreams, oldest first."""
        return [call for call, _ in self._events(scope)]

    def unmatched(self, scope: Scope) -> Iterator[tuple[Unmatched, Unanswered]]:
        """The scope's unmatched requests that were not reported yet, with the policy for each."""
        fresh: dict[str, list[Mapping[str, Any]]] = {}
        for call, event in self._events(scope):
            if not call.matched and call.id not in scope.reported:
                scope.reported.add(call.id)
                fresh.setdefault(call.upstream, []).append(event["request"])
        for upstream, requests in fresh.items():
            meaning = self.meaning(scope, upstream)
            for one in self._explained(upstream, requests) if meaning is not Unmatched.IGNORE else ():
                yield meaning, replace(one, upstream=upstream)

    def violations(self, scope: Scope) -> list[Violation]:
        """What contracts do not allow in the scope's requests that were not judged yet, and in their responses."""
        if not any(map(self._contracts.has, self._upstreams())):
            return []
        fresh = [call for call in self.calls(scope) if call.id not in scope.judged]
        scope.judged.update(call.id for call in fresh)
        owned = [replace(call, upstream=self.names.get(call.upstream, "")) for call in fresh]
        found = self._contracts.violations(owned)
        return [replace(one, upstream=self._described.get(one.upstream, one.upstream)) for one in found]

    def meaning(self, scope: Scope, upstream: str) -> Unmatched:
        """The policy for an unmatched request of the scope."""
        return self.environment.stack.unmatched(self.names.get(upstream, ""), scope.settings.unmatched)

    def snapshot_states(self, *, first: bool = False) -> None:
        """Record the states of its upstreams' scenarios; with `first`, the initial states instead."""
        for server, admin in self._servers():
            if found := self._scenarios(admin):
                self._states[server] = dict.fromkeys(found, FIRST_STATE) if first else found

    def push_states(self, holder: object) -> None:
        """Record them for as long as the fixture `holder` is set up."""
        self._kept.append((holder, self._states))
        self._states = {server: found for server, admin in self._servers() if (found := self._scenarios(admin))}

    def pop_states(self, holder: object) -> None:
        """Restore them as they were before `holder`, unless another fixture has recorded them since."""
        for before in (states for one, states in self._kept if one is holder):
            self._states = before if self._kept[-1][0] is holder else self._states
        self._kept = [kept for kept in self._kept if kept[0] is not holder]
        self.restore_states()

    def restore_states(self) -> None:
        """Restore them; stubs added by a test have scenarios of their own, which are removed with them."""
        for server, before in self._states.items():
            admin = self._admin_of(server)
            admin.set_states(before, self._scenarios(admin))

    def remove_overlays(self, *, of_all: bool = False) -> None:
        """Remove the stubs that a dead worker with this number has added, or those of tests of all workers."""
        for own in self._upstreams():
            admin = self._admin(own)
            active = [one for one in entries.active(admin, own) if one.owner.kind == TEST]
            gone = [one for one in active if of_all or one.owner.worker == self.worker]
            entries.remove(self.environment.identity, admin, gone)

    def close(self) -> None:
        """Close its connections."""
        for admin in self._admins.values():
            admin.close()
        self._admins.clear()

    def _events(self, scope: Scope) -> list[tuple[Call, Mapping[str, Any]]]:
        found = []
        for _, admin in self._servers():
            for own, event in admin.traffic(scope.began - _SLACK):
                call = of_event(self._described.get(own, own), event)
                if self._is_of(scope, own, call):
                    found.append((call, event))
        return sorted(found, key=lambda pair: pair[0].time)

    def _is_of(self, scope: Scope, own: str, call: Call) -> bool:
        if call.time < scope.began - _SLACK:
            return False
        if self.is_shared:
            return scope.traces in call.headers.get("traceparent", "")
        return own in self._described or (not own and self.worker == 0)

    def _explained(self, upstream: str, requests: list[Mapping[str, Any]]) -> list[Unanswered]:
        own = self.names.get(upstream, "")
        server_of = own or next(iter(self._upstreams()))
        return self._admin(server_of).explained(own, requests)

    def _upstreams(self) -> list[str]:
        return [own for own in self._described if own in self.environment.stack.upstreams]

    def _servers(self) -> Iterator[tuple[str, Admin]]:
        for server in dict.fromkeys(self.environment.stack.upstreams[own].server for own in self._upstreams()):
            yield server, self._admin_of(server)

    def _scenarios(self, admin: Admin) -> dict[str, str]:
        every, states = self.environment.stack.upstreams, admin.states()
        return {name: state for name, state in states.items() if layers.of_scenario(name, every) in self._described}

    def _admin(self, upstream: str) -> Admin:
        return self._admin_of(self.environment.stack.upstreams[upstream].server)

    def _admin_of(self, server: str) -> Admin:
        if server not in self._admins:
            self._admins[server] = stubbing.admin(self.environment.deployment, server)
        return self._admins[server]
