"""Histories: scripted states of services, on a fake engine and a fake clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Condition as Turn
from threading import Event as Flag
from threading import get_ident
from typing import Any

from localenv.engines import Deployment, Engine, LogLine, Observed, Seen
from localenv.environment.up.clock import Clock
from localenv.environment.up.probing import LONGEST_PAUSE
from localenv.needs import NotYet
from localenv.stack import Service
from localenv.stack.states import ServiceState

LONGEST = 60.0  # seconds until the deadline
PROMPTLY = LONGEST_PAUSE  # until the next probe


class Turns(Clock):
    """A clock that advances only when all waiting threads have paused, to the first of their deadlines."""

    def __init__(self, waiting: int) -> None:
        self.time, self.waiting = 0.0, waiting
        self._due: dict[int, float] = {}
        self._turn = Turn()

    def now(self) -> float:
        return self.time

    def pause(self, seconds: float, stop: Flag) -> None:
        with self._turn:
            due = self._due[get_ident()] = self.time + seconds
            self._pass()
            while self.time < due and not stop.is_set():
                self._turn.wait(0.01)  # real seconds: nothing signals that `stop` was set

    def leave(self) -> None:
        """One thread has finished waiting."""
        with self._turn:
            self.waiting -= 1
            self._pass()

    def _pass(self) -> None:
        if self._due and len(self._due) == self.waiting:
            self.time = min(self._due.values())
            self._due = {who: due for who, due in self._due.items() if due > self.time}
            self._turn.notify_all()


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The state of a service from this second on."""

    since: float
    seen: Seen | None
    answers: bool = False


def runs(since: float, **more: Any) -> Moment:
    return Moment(since=since, seen=seen(ServiceState.RUNNING, **more))


def answers(since: float, **more: Any) -> Moment:
    return Moment(since=since, seen=seen(ServiceState.RUNNING, **more), answers=True)


def exits(since: float, code: int, **more: Any) -> Moment:
    return Moment(since=since, seen=seen(ServiceState.EXITED, exit_code=code, **more))


def crashes(since: float, times: int, code: int = 1) -> Moment:
    return Moment(since=since, seen=seen(ServiceState.RESTARTING, restarts=times, exit_code=code))


def gone(since: float) -> Moment:
    return Moment(since=since, seen=None)


def seen(state: ServiceState, **more: Any) -> Seen:
    return Seen(name="", role="service", state=state, **more)


History = Sequence[Moment]


@dataclass(kw_only=True)
class Machine:
    """A fake engine whose services follow their histories."""

    histories: dict[str, History]
    clock: Clock
    log: str = "last words of {name}"
    looks: list[float] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    def observe(self, identity: str, *, closely: bool) -> Observed:
        self.looks.append(self.clock.now())
        now = {name: self._moment(name).seen for name in self.histories}
        return Observed(services={name: one for name, one in now.items() if one})

    def probe(self, engine: Engine, deployment: Deployment, service: Service) -> None:
        self.asked.append(self.clock.now())
        if not self._moment(service.name).answers:
            raise NotYet("GET / is answered with 503")

    def logs(self, identity: str, names: Sequence[str], **more: Any) -> Iterator[LogLine]:
        yield from (LogLine(time=0, service=name, text=self.log.format(name=name)) for name in names)

    def _moment(self, name: str) -> Moment:
        return [one for one in self.histories[name] if one.since <= self.clock.now()][-1]
