"""A running environment as used by one worker of a test session."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localenv import Environment
from localenv.engines import Seen
from localenv.environment import stopping
from localenv.errors import UsageError
from localenv.host.waiting import looks
from localenv.plan import finishing
from localenv.process import Completed, run
from localenv.pytest_plugin.data_reset import WorkerSnapshots
from localenv.pytest_plugin.traffic import Traffic
from localenv.stack.states import ServiceState
from localenv.stack.workers import names_of_worker, server_of

_RUNNING = ServiceState.RUNNING
_SEEN, _LOOK = 1.0, 0.1  # seconds until an exit is noticed, and between two checks
_MOMENT, _LATEST = 0.2, 1.0  # seconds without a new log line, and the maximum to wait for lines


@dataclass(kw_only=True)
class Running:
    """An environment, and the parts of it that belong to this worker, one of `workers`.

    `is_shared`: they use the same services, stubs and data, and requests are distinguished by their trace. `is_guest`:
    it existed before the session, or stays after it.
    """

    environment: Environment
    worker: int = 0
    workers: int = 1
    is_shared: bool = False
    is_guest: bool = False
    scenario: Any = None  # the one that is active, see `scenario.activate`

    def __post_init__(self) -> None:
        self.names = names_of_worker(self.environment.stack, 0 if self.is_shared else self.worker)
        self._described = {own: name for name, own in self.names.items()}
        self.traffic = Traffic(
            environment=self.environment, names=self.names, worker=self.worker, is_shared=self.is_shared
        )
        self._snapshots = WorkerSnapshots(environment=self.environment, is_guest=self.is_guest)

    @property
    def identity(self) -> str:
        """The identity of the environment."""
        return self.environment.identity

    def own(self, name: str, *among: Mapping[str, Any]) -> str:
        """The name of this worker's copy; raises UsageError for a name that is not in the description."""
        stack = self.environment.stack
        places = among or (stack.services, stack.needs, stack.upstreams)
        own = self.names.get(name, "")
        if not any(own in place for place in places):
            known = sorted({self._described[one] for place in places for one in place if one in self._described})
            *most, last = self._sections(places)
            expected = f"{', '.join(most)} or {last}" if most else last
            what = f"'{name}' is {self._kind(own)}; expected {expected}" if own else f"unknown {expected} '{name}'"
            raise UsageError(what, hint=f"available: {', '.join(known) or 'none'}")
        return own

    def _sections(self, places: Sequence[Mapping[str, Any]]) -> list[str]:
        stack = self.environment.stack
        kinds = {"service": stack.services, "need": stack.needs, "upstream": stack.upstreams}
        return [kind for kind, section in kinds.items() if any(place is section for place in places)]

    def _kind(self, own: str) -> str:
        stack = self.environment.stack
        kinds = {"an upstream": stack.upstreams, "a need": stack.needs, "a service": stack.services}
        return next((kind for kind, known in kinds.items() if own in known), "a file")

    def home(self, name: str) -> str:
        """The engine's service that runs this worker's service or need."""
        own = self.own(name, self.environment.stack.services, self.environment.stack.needs)
        return own if own in self.environment.stack.services else server_of(self.environment.stack, own)

    def signal(self, name: str, action: str, *, by: str = "a test session") -> None:
        """`stop`, `pause`, or `start`, also for a paused one; returns when a started one is ready.

        No effect if it is in that state already. Raises UsageError for a service that other workers share, or for
        pausing a stopped one.
        """
        self.check_own(name)
        stopping.change(self.environment, [self.home(name)], action, by=by)

    def check_own(self, name: str) -> None:
        """Raise UsageError for what other workers would see stop or fail, because they share its server."""
        if self.is_common(self.home(name)):
            raise UsageError(
                f"other workers use {name} too and would see it stopped",
                hint="mark the test with @pytest.mark.localenv(isolation='environment')",
            )

    def execute(self, name: str, argv: Iterable[str]) -> Completed:
        """Run a command inside a service or need."""
        return run(self.environment.invocation(self.home(name), tuple(argv)))

    def lines(self, names: Iterable[str], since: float | None) -> dict[str, list[str]]:
        """The lines that they have printed since then; waits a moment, because an engine delivers them late."""
        names, found = tuple(names), None
        for _ in looks(within=_LATEST, pause=_MOMENT):
            before, found = found, self._lines(names, since)
            if found == before:
                break
        return found or {}

    def _lines(self, names: Iterable[str], since: float | None) -> dict[str, list[str]]:
        return {name: [line.text for line in self.environment.logs([self.home(name)], since=since)] for name in names}

    def seen(self, *, suspects: bool = False) -> dict[str, Seen]:
        """The state of this worker's services and needs, by the description's names.

        Services that others wait for to complete are left out, because they have exited. With `suspects`, waits up to a
        second for the engine to notice an exit.
        """
        found: dict[str, Seen] = {}
        for _ in looks(within=_SEEN if suspects else 0, pause=_LOOK):
            found = self._seen()
            if any(one.state is not _RUNNING for one in found.values()):
                break
        return found

    def _seen(self) -> dict[str, Seen]:
        observed = self.environment.engine.observe(self.identity, closely=True).services
        stack = self.environment.stack
        known = {**stack.services, **stack.needs}.keys() - finishing(stack)
        homes = {name: self.home(name) for name, own in self.names.items() if own in known}
        return {name: observed[home] for name, home in homes.items() if home in observed}

    def is_common(self, home: str) -> bool:
        """Whether other workers share a service of the engine."""
        if self.workers == 1 or self.is_shared:
            return self.workers > 1
        stack = self.environment.stack
        return sum(port.name in stack.needs for port in stack.services[home].ports) > 1

    def restart_exited(self, *, suspects: bool = False) -> list[str]:
        """Restart services that have exited; returns their names."""
        stopped = [name for name, seen in self.seen(suspects=suspects).items() if seen.state is ServiceState.EXITED]
        for name in stopped:
            stopping.change(self.environment, [self.home(name)], "start", by="a test session")
        return stopped

    def begin(self, *, was_left_behind: bool) -> None:
        """Remove changes by an earlier user; take snapshots of needs and scenarios."""
        if was_left_behind:
            self.traffic.remove_overlays()
            self.restart_exited()
        if not self._has_common_data:
            self.snapshot()
            self.traffic.snapshot_states(first=was_left_behind and not self.is_guest)
            self.traffic.restore_states()

    def snapshot(self) -> None:
        """Take snapshots of the needs; restore existing ones instead."""
        self._snapshots.snapshot(self._needs())

    def push(self, holder: object) -> None:
        """Use the current data and scenarios as the start state of tests, while the fixture `holder` is set up."""
        if not self._has_common_data:
            self._snapshots.push(holder, self._needs())
            self.traffic.push_states(holder)

    def pop(self, holder: object) -> None:
        """Restore data and scenarios as they were before `holder`. Raises JobError."""
        if not self._has_common_data:
            self.traffic.pop_states(holder)
            self._snapshots.pop(holder, self._needs())

    def restore(self, *, data: bool) -> None:
        """After a test: restore scenarios, and `data` of needs, unless other workers use them."""
        if not self._has_common_data:
            self.traffic.restore_states()
        if data:
            self.reset()

    def reset(self, name: str = "") -> None:
        """Restore the data of a need (default: of every one); connections stay open.

        Raises JobError; UsageError if that is not possible, or would change the data of other workers' tests.
        """
        if not self._has_common_data:
            if name:
                self._snapshots.check(name)
            self._snapshots.restore([name] if name else self._needs())
        elif name:
            raise UsageError(
                "other workers use the same data and would see it change",
                hint="remove --localenv-isolation=shared, or run without workers",
            )

    def leave(self) -> None:
        """Discard the snapshots, if others continue to use the environment."""
        if not self._has_common_data:
            self._snapshots.discard(self._needs())

    def restore_all(self) -> None:
        """At the end of a session, restore data changed by dead workers, or by workers that share it."""
        self.traffic.remove_overlays(of_all=self.workers == 1)
        self.restart_exited()
        self._snapshots.restore_and_discard(self._needs())

    @property
    def is_shared_guest(self) -> bool:
        """Whether workers share data that others continue to use, so that it is restored at the end."""
        return self.is_guest and self._has_common_data

    @property
    def _has_common_data(self) -> bool:
        return self.is_shared and self.workers > 1

    def _needs(self) -> list[str]:
        return [own for own in self._described if own in self.environment.stack.needs]
