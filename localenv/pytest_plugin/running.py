"""A running environment as one worker of a test session has it."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from localenv import isolation
from localenv.engines import Condition, Seen
from localenv.environment import Environment, probing, stubbing
from localenv.errors import UsageError
from localenv.process import Completed, run
from localenv.pytest_plugin.calls import Call, of_event
from localenv.pytest_plugin.scope import Scope
from localenv.stack import Role, Unmatched
from localenv.stubs import layers
from localenv.stubs.admin import Admin
from localenv.stubs.journal import Unanswered

_READY = 60.0  # seconds that something started again has to answer
_TEST = "localenvTest"  # what a test's stub says of itself in its metadata
_SLACK = 0.002  # seconds: the journal knows milliseconds


@dataclass(kw_only=True)
class Running:
    """An environment, and what of it belongs to this worker; `is_shared`: other workers have the very same."""

    environment: Environment
    worker: int = 0
    is_shared: bool = False
    _admins: dict[str, Admin] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.names = isolation.names(self.environment.stack, 0 if self.is_shared else self.worker)
        self._described = {own: name for name, own in self.names.items()}

    @property
    def identity(self) -> str:
        """Of the environment."""
        return self.environment.identity

    def own(self, name: str, *among: Mapping[str, Any]) -> str:
        """The name of this worker's copy; raises UsageError for a name that the description does not have."""
        stack = self.environment.stack
        places = among or (stack.services, stack.needs, stack.upstreams)
        own = self.names.get(name, "")
        if not any(own in place for place in places):
            known = sorted({self._described[one] for place in places for one in place if one in self._described})
            raise UsageError(f"there is no '{name}'", hint=f"there is {', '.join(known) or 'none'}")
        return own

    def home(self, name: str) -> str:
        """The service of the engine's in which this worker's service or need is."""
        own = self.own(name, self.environment.stack.services, self.environment.stack.needs)
        return own if own in self.environment.stack.services else isolation.home(self.environment.stack, own)

    def overlay(self, scope: Scope, upstream: str, stub: Mapping[str, Any]) -> None:
        """Lay a stub on top until the scope ends; where workers share it is for the scope's own requests."""
        own = self.own(upstream, self.environment.stack.upstreams)
        about = {**stub.get("metadata", {}), _TEST: {"worker": self.worker, "name": scope.name}}
        marked = {**stub, "metadata": about}
        if self.is_shared:
            marked["request"] = _for_trace(stub.get("request", {}), scope.trace)
        admin = self._admin(own)
        ids = admin.overlay(own, [marked])
        scope.undo.callback(admin.remove, ids)

    def calls(self, scope: Scope) -> list[Call]:
        """The requests to upstreams that are the scope's, the first first."""
        return [call for call, _ in self._events(scope)]

    def unmatched(self, scope: Scope) -> Iterator[tuple[Unmatched, Unanswered]]:
        """The scope's requests that no stub matched and nobody was told of, with what they mean."""
        fresh: dict[str, list[Mapping[str, Any]]] = {}
        for call, event in self._events(scope):
            if not call.matched and call.id not in scope.told:
                scope.told.add(call.id)
                fresh.setdefault(call.upstream, []).append(event["request"])
        for upstream, requests in fresh.items():
            own = self.names.get(upstream, "")
            known = self.environment.stack.upstreams.get(own)
            meaning = known.unmatched if known else Unmatched.FAIL
            told = Unmatched(scope.settings.unmatched) if scope.settings.unmatched else meaning
            for one in self._explained(own, requests) if told is not Unmatched.IGNORE else ():
                yield told, replace(one, upstream=upstream)

    def forget_overlays(self) -> None:
        """Remove the stubs that a dead worker of this number has left."""
        for own in self._upstreams():
            admin = self._admin(own)
            mine = [stub for stub in admin.stubs(own) if stub["metadata"]["localenv"]["source"] == layers.OVERLAY]
            admin.remove(one["id"] for one in mine if one["metadata"].get(_TEST, {}).get("worker") == self.worker)

    def signal(self, name: str, action: str) -> None:
        """`stop`, `start`, `pause` or `unpause`; returns when what was started answers."""
        home = self.home(name)
        self.environment.engine.signal(self.identity, home, action)
        if action in ("start", "unpause"):
            self._await(home)

    def execute(self, name: str, argv: Iterable[str]) -> Completed:
        """Run a command inside a service or need."""
        return run(self.environment.invocation(self.home(name), tuple(argv)))

    def lines(self, name: str, since: float | None) -> list[str]:
        """What it printed since then."""
        return [line.text for line in self.environment.logs([self.home(name)], since=since)]

    def seen(self) -> dict[str, Seen]:
        """What the engine sees of this worker's services and needs, by the description's names."""
        observed = self.environment.engine.observe(self.identity, closely=True).services
        of_mine = {self._described[own]: own for own in self._described if own in self.environment.stack.services}
        return {name: observed[own] for name, own in of_mine.items() if own in observed}

    def revive(self) -> list[str]:
        """Start again what ended; the names."""
        stopped = [name for name, seen in self.seen().items() if seen.condition is Condition.EXITED]
        ends = [name for name in stopped if self.environment.stack.services[self.names[name]].role is Role.JOB]
        for name in stopped:
            if name not in ends:
                self.signal(name, "start")
        return stopped

    def tidy(self, *, was_left_behind: bool) -> None:
        """Make sure that nothing of an earlier user is left; remember how the data is."""
        if was_left_behind:
            self.forget_overlays()
            self.revive()

    def reset(self, names: Sequence[str] = ()) -> None:
        """Bring back what was in these needs, in every one where none is named."""

    def close(self) -> None:
        """Let go of its connections."""
        for admin in self._admins.values():
            admin.close()
        self._admins.clear()

    def _events(self, scope: Scope) -> list[tuple[Call, Mapping[str, Any]]]:
        found = []
        for server in {self.environment.stack.upstreams[own].server: own for own in self._upstreams()}.values():
            for own, event in self._admin(server).traffic(scope.began - _SLACK):
                call = of_event(self._described.get(own, own), event)
                if self._is_of(scope, own, call):
                    found.append((call, event))
        return sorted(found, key=lambda pair: pair[0].time)

    def _is_of(self, scope: Scope, own: str, call: Call) -> bool:
        if call.time < scope.began - _SLACK:
            return False
        if self.is_shared:
            return scope.trace in call.headers.get("traceparent", "")
        return own in self._described or (not own and self.worker == 0)

    def _explained(self, own: str, requests: list[Mapping[str, Any]]) -> list[Unanswered]:
        server_of = own or next(iter(self._upstreams()))
        return self._admin(server_of).explained(own, requests)

    def _upstreams(self) -> list[str]:
        return [own for own in self._described if own in self.environment.stack.upstreams]

    def _admin(self, upstream: str) -> Admin:
        server = self.environment.stack.upstreams[upstream].server
        if server not in self._admins:
            self._admins[server] = stubbing.admin(self.environment.deployment, server)
        return self._admins[server]

    def _await(self, home: str) -> None:
        environment = self.environment
        probing.wait(
            environment.engine,
            environment.deployment,
            [environment.stack.services[home]],
            time.monotonic() + _READY,
            lambda name, seconds: None,
        )


def _for_trace(request: Mapping[str, Any], trace: str) -> dict[str, Any]:
    return {**request, "headers": {"traceparent": {"contains": trace}} | dict(request.get("headers", {}))}
