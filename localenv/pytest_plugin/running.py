"""A running environment as one worker of a test session has it."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from localenv import isolation
from localenv.engines import Condition, Seen
from localenv.environment import Environment, probing, stubbing
from localenv.errors import UsageError
from localenv.process import Completed, run
from localenv.pytest_plugin import originals
from localenv.pytest_plugin.calls import Call, of_event
from localenv.pytest_plugin.scope import Scope
from localenv.reconcile import finishing
from localenv.stack import Unmatched
from localenv.stubs import layers
from localenv.stubs.admin import Admin
from localenv.stubs.journal import Unanswered

_RUNNING = Condition.RUNNING
_SEEN, _LOOK = 1.0, 0.1  # seconds an end may take to be seen, and between two looks
_READY = 60.0  # seconds that something started again has to answer
_TEST = "localenvTest"  # what a test's stub says of itself in its metadata
_SLACK = 0.002  # seconds: the journal knows milliseconds


@dataclass(kw_only=True)
class Running:
    """An environment, and what of it belongs to this worker, one of `workers` that use it.

    `is_shared`: they have the very same services, stubs and data, and requests are told apart by their trace.
    """

    environment: Environment
    worker: int = 0
    workers: int = 1
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
        """`stop`, `start`, `pause` or `unpause`; returns when what was started answers.

        Raises UsageError for what other workers use too.
        """
        home = self.home(name)
        if self.is_common(home):
            raise UsageError(
                f"other workers use {name} too, and would see that it does not run",
                hint="mark the test with @pytest.mark.localenv(isolation='environment')",
            )
        self.environment.engine.signal(self.identity, home, action)
        if action in ("start", "unpause"):
            self._await(home)

    def execute(self, name: str, argv: Iterable[str]) -> Completed:
        """Run a command inside a service or need."""
        return run(self.environment.invocation(self.home(name), tuple(argv)))

    def lines(self, name: str, since: float | None) -> list[str]:
        """What it printed since then."""
        return [line.text for line in self.environment.logs([self.home(name)], since=since)]

    def seen(self, *, suspects: bool = False) -> dict[str, Seen]:
        """What the engine sees of this worker's services and needs, by the description's names.

        Where one is suspected to have ended, it has a second to be seen so.
        """
        end = time.monotonic() + _SEEN
        while True:
            found = self._seen()
            if not suspects or time.monotonic() > end or any(one.condition is not _RUNNING for one in found.values()):
                return found
            time.sleep(_LOOK)

    def _seen(self) -> dict[str, Seen]:
        observed = self.environment.engine.observe(self.identity, closely=True).services
        stack = self.environment.stack
        homes = {name: self.home(name) for name, own in self.names.items() if own in {**stack.services, **stack.needs}}
        return {name: observed[home] for name, home in homes.items() if home in observed}

    def is_common(self, home: str) -> bool:
        """Whether other workers use a service of the engine's."""
        if self.workers == 1 or self.is_shared:
            return self.workers > 1
        stack = self.environment.stack
        return sum(port.name in stack.needs for port in stack.services[home].ports) > 1

    def revive(self, *, suspects: bool = False) -> list[str]:
        """Start again what ended; the names."""
        stopped = [name for name, seen in self.seen(suspects=suspects).items() if seen.condition is Condition.EXITED]
        due = [name for name in stopped if self.home(name) not in finishing(self.environment.stack)]
        for name in due:
            self.environment.engine.signal(self.identity, self.home(name), "start")
            self._await(self.home(name))
        return due

    def tidy(self, *, was_left_behind: bool) -> None:
        """Make sure that nothing of an earlier user is left; remember what the needs hold."""
        if was_left_behind:
            self.forget_overlays()
            self.revive()
        if not self._has_common_data:
            originals.remember(self.environment, self._needs())

    def reset(self, name: str = "") -> None:
        """Bring back what was in a need, in every one where none is named; connections to it stay.

        Raises JobError; UsageError where that cannot be, or would change the data of other workers' tests.
        """
        if not self._has_common_data:
            if name:
                originals.check(self.environment, name)
            originals.restore(self.environment, [name] if name else self._needs())
        elif name:
            raise UsageError(
                "other workers use the same data, and would see it change",
                hint="leave --localenv-isolation=shared out, or run without workers",
            )

    def leave(self) -> None:
        """Others go on using the environment: take out what was put in to remember by."""
        if not self._has_common_data:
            originals.forget(self.environment, self._needs())

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

    @property
    def _has_common_data(self) -> bool:
        return self.is_shared and self.workers > 1

    def _needs(self) -> list[str]:
        return [own for own in self._described if own in self.environment.stack.needs]

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
