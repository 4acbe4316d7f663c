"""Wait for readiness: probe each service from this machine, in its own protocol, until it answers."""

import re
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from math import inf
from threading import Event as Flag
from threading import Lock

from localenv.engines import Deployment, Engine, Observed, Seen
from localenv.environment.logs.errors import reason_line
from localenv.environment.logs.lines import collapsed
from localenv.environment.up import busy_ports, missing_packages, probes
from localenv.environment.up.clock import Clock
from localenv.environment.up.diagnosis import Refusals
from localenv.environment.up.limit import TimeLimit
from localenv.environment.up.logged import LoggedError
from localenv.environment.up.probes import Unready
from localenv.environment.up.rejections import Rejections
from localenv.errors import LocalenvError, NotReadyError
from localenv.host.background import as_done
from localenv.needs import settings
from localenv.stack import ProbeKind, Service
from localenv.stack.states import ServiceState

PAUSE, LONGEST_PAUSE = 0.03, 0.5  # seconds between two probes
_PATIENT = 40  # slow services are probed less often, because each probe may appear in their log
_LOOK = 0.25  # seconds between two observations of the engine
STEADY = 1.2  # seconds that a service without a port must stay up: a container runs before its program does
_LONGEST_WAITED = 4.0  # seconds to wait longer, because on a busy machine its program begins later
_EXITED = "exited with code"
_KEEPS_CRASHING = "keeps crashing"
_CRASHES = 3
_TAIL, _WHOLE = 20, 300  # log lines to print, and to search for the cause
_REPORTED_AFTER = 1.0  # seconds; shorter waits are not reported
_HINTED_AFTER = 2.0  # seconds after which an answer that has a hint counts as the cause
_BRACKET = re.compile(r": \[\S*: not found$")  # of a shell that was given a list as text
_AS_JSON = 'a list in a Dockerfile is JSON, else it is a text for the shell: CMD ["python", "app.py"]'
_ENDED = {  # a shell's codes for programs that a signal ended
    132: "illegal instruction",
    134: "aborted",
    135: "bus error",
    136: "arithmetic error",
    137: "killed",
    139: "segmentation fault",
}


_RUNS = Unready(text="it is still running")

ProbeReport = Callable[[str, str, bool], None]  # service, reason it is not ready, whether that is the cause


@dataclass(kw_only=True)
class Watch:
    """The engine's observation, shared by all waiting threads so that it is queried only a few times a second."""

    engine: Engine
    identity: str
    clock: Clock = field(default_factory=Clock)
    _seen: Observed = field(default_factory=Observed)
    _looked: float | None = None
    _lock: Lock = field(default_factory=Lock)

    def look(self, name: str, since: float = -inf) -> Seen | None:
        """The state of a service, at most a quarter of a second old; not older than `since`."""
        with self._lock:
            now = self.clock.now()
            if self._looked is None or now - self._looked > _LOOK or self._looked < since <= now:
                self._seen = self.engine.observe(self.identity, closely=True)
                self._looked = now
            return self._seen.services.get(name)

    @property
    def seen(self) -> Observed:
        """The last observation."""
        with self._lock:
            return self._seen


def wait(
    engine: Engine,
    deployment: Deployment,
    services: Sequence[Service],
    deadline: float,
    ready: Callable[[str, float], None],
    *,
    report: ProbeReport = lambda name, text, is_cause: None,
    limit: TimeLimit | None = None,
    finishing: frozenset[str] = frozenset(),
    stop: Flag | None = None,
    clock: Clock | None = None,
) -> None:
    """Return when all services are ready; `deadline` in the clock's seconds. Those in `finishing` are ready when they
    exited with 0.

    `report` is called with the reason a service is not ready, each time it changes. With a `limit`, that of the whole
    start, waiting ends once it is reached. Once `stop` is set, the function returns without reporting. Raises
    NotReadyError for the first that cannot become ready, with its reason and the end of its log.
    """
    watch = Watch(engine=engine, identity=deployment.identity, clock=clock or Clock())

    def wait_for(one: Service, over: Flag) -> float | None:
        waited = _Wait(
            watch=watch,
            deployment=deployment,
            service=one,
            deadline=deadline,
            limit=limit,
            report=report,
            is_finishing=one.name in finishing,
        )
        return waited.until_ready((over, stop or Flag()))

    with closing(as_done(wait_for, services)) as done:
        for one, seconds in done:
            if seconds is not None:
                ready(one.name, seconds)


@dataclass(kw_only=True)
class _Wait:
    """The wait for one service, which the engine has started, and what was seen of it so far."""

    watch: Watch
    deployment: Deployment
    service: Service
    deadline: float
    limit: TimeLimit | None
    report: ProbeReport
    is_finishing: bool
    was_there: bool = False
    reported: tuple[str, bool] = ("", False)

    def __post_init__(self) -> None:
        clock = self.watch.clock
        self.began = clock.now()
        self.deadline = min(self.deadline, self.began + (self.service.probe.timeout or inf))
        self.steady = Steady(since=self.began)
        self.refusals = Refusals(
            engine=self.watch.engine, deployment=self.deployment, service=self.service, clock=clock
        )
        self.rejections = Rejections(
            engine=self.watch.engine, deployment=self.deployment, service=self.service, clock=clock
        )
        self.logged = LoggedError(
            engine=self.watch.engine, deployment=self.deployment, service=self.service, began=self.began
        )

    def until_ready(self, stops: Sequence[Flag]) -> float | None:
        """Seconds until the service was ready; None if waiting was stopped."""
        clock = self.watch.clock
        while not any(stop.is_set() for stop in stops):
            if self._is_ready(clock.now()):
                return clock.now() - self.began
            clock.pause(min(max((clock.now() - self.began) / _PATIENT, PAUSE), LONGEST_PAUSE), stops[0])
        return None

    def _is_ready(self, now: float) -> bool:
        """Look at it and ask it once; raises NotReadyError if it cannot become ready, or not in time."""
        is_steady = self.service.probe.kind is ProbeKind.ALIVE
        seen = self.watch.look(self.service.name, self.steady.until if is_steady else -inf)
        if self.is_finishing and seen and seen.state is ServiceState.EXITED and seen.exit_code == 0:
            return True
        if why := failure(seen, was_there=self.was_there):
            raise self._not_ready(why)
        self.was_there = self.was_there or seen is not None
        answered = self._answered(seen, now)
        if answered is None:
            return True
        if seen and seen.state is ServiceState.RUNNING:
            self.refusals.record(answered, seen.busy)
            is_start_busy = self.limit is not None and self.limit.is_paused
            self.rejections.record(answered, self.watch.seen, is_start_busy=is_start_busy)
        self._check(answered)
        self._report(answered, now)
        return False

    def _answered(self, seen: Seen | None, now: float) -> Unready | None:
        """None if it is ready, else the reason."""
        if self.is_finishing:
            return _RUNS
        if self.service.probe.kind is ProbeKind.ALIVE:
            return self.steady.answer(seen, now)
        return probes.ask(self.watch.engine, self.deployment, self.service)

    def _check(self, answered: Unready) -> None:
        """Raise NotReadyError if its time is over, or if more time would change nothing."""
        now = self.watch.clock.now()
        if now >= self.deadline or (self.limit and self.limit.is_reached):
            waited = _waited(min(now, self.deadline) - self.began, self.limit)
            raise self._not_ready(
                f"is not ready {waited}: {self._why(answered, now, is_last=True)}", hint=answered.hint
            )
        if self.refusals.found and self.refusals.is_certain:
            raise self._not_ready(self.refusals.found.text)
        if self.rejections.is_final:
            waited = f"after {now - self.began:.0f} s, and waiting longer would change nothing"
            hint = f"{answered.hint}; `timeout:` in `healthcheck:` waits longer".removeprefix("; ")
            raise self._not_ready(f"is not ready {waited}: {self._why(answered, now)}", hint=hint)

    def _report(self, answered: Unready, now: float) -> None:
        """Report the reason if it is another, and whether it is the cause."""
        is_cause = self.refusals.found is not None or (answered.hint != "" and now - self.began > _HINTED_AFTER)
        found = self._why(answered, now), is_cause
        if found != self.reported and now - self.began > _REPORTED_AFTER:
            self.reported = found
            self.report(self.service.name, *found)

    def _why(self, answered: Unready, now: float, *, is_last: bool = False) -> str:
        if self.refusals.found:
            return f"it {self.refusals.found.text}"
        line = self.rejections.said if answered.is_served else self.logged.line(now, is_last=is_last)
        return f"{answered.text}; it logged: {line}" if line else answered.text

    def _not_ready(self, why: str, hint: str = "") -> NotReadyError:
        return not_ready(self.watch.engine, self.deployment, self.service, why, hint=hint)


def _waited(seconds: float, limit: TimeLimit | None) -> str:
    """How long a service was waited for, and whether the limit of the whole start ended the wait."""
    after = f"after {seconds:.0f} s" if seconds >= 1 else ""
    if not limit or not limit.is_reached or (after and round(seconds) == round(limit.seconds)):
        return after or f"after {seconds:.1f} s"
    return f"{after}, at the time limit of {limit.seconds:g} s for all".removeprefix(", ")


@dataclass(kw_only=True)
class Steady:
    """Tracks since when a service has stayed up; None while it does not."""

    since: float | None = None
    waited: float = 0.0  # seconds of this time in which it was beginning: it loaded code, or got no processor

    @property
    def until(self) -> float:
        """The time at which it has stayed up long enough; earlier observations do not count."""
        return inf if self.since is None else self.since + STEADY + min(self.waited, _LONGEST_WAITED)

    def answer(self, seen: Seen | None, now: float) -> Unready | None:
        """None once it has stayed up long enough."""
        if seen is None or seen.state is not ServiceState.RUNNING or seen.restarts:
            self.since, self.waited = None, 0
            return Unready(text="it does not stay up")
        self.since = now if self.since is None else self.since
        self.waited = max(self.waited, seen.waited)  # what has exited meanwhile has waited too
        return None if now >= self.until else Unready(text="it has to stay up for a second while it is watched")


def failure(seen: Seen | None, *, was_there: bool) -> str:
    """A failure that ends the wait, as a predicate of the service; empty if it may still become ready."""
    if seen is None:
        return "was removed by another process" if was_there else ""
    if seen.out_of_memory:
        return "was killed: it exceeded its memory limit"
    if seen.restarts >= _CRASHES:
        return _KEEPS_CRASHING + (f" (exit code {seen.exit_code})" if seen.exit_code else "")
    if seen.state is ServiceState.EXITED:
        ended = f" ({_ENDED[seen.exit_code]})" if seen.exit_code in _ENDED else ""
        return f"cannot run: {seen.error}" if seen.error else f"{_EXITED} {seen.exit_code}{ended}"
    return ""


def not_ready(
    engine: Engine, deployment: Deployment, service: Service, reason: str, *, hint: str = ""
) -> NotReadyError:
    """The error for a service, with the end of its log; `reason` is a predicate."""
    log: list[str] = []
    with suppress(LocalenvError):  # a removed service has no log
        log += (line.text for line in engine.logs(deployment.identity, [service.name], tail=_WHOLE, follow=False))
    need = deployment.stack.needs.get(service.name)
    if need and (refused := settings.culprit(need, log)):
        message = f"{service.name} does not start with the setting '{refused[0]}': {refused[1]}"
        return NotReadyError(message, log=log[-_TAIL:], hint=f"correct it under settings: ({service.at})")
    if reason.startswith((_EXITED, _KEEPS_CRASHING)) and (line := reason_line(log)):
        reason += f": {line}"
    if reason == f"{_EXITED} 0":
        hint = f"a service has to keep running: move a command that ends to `jobs:` ({service.at})"
    busy, what_to_do = busy_ports.explained(engine, deployment, service, log)
    reason, hint = f"{reason}; {busy}" if busy else reason, hint or what_to_do
    hint = hint or missing_packages.hint(engine, service, reason) or (_AS_JSON if _BRACKET.search(reason) else "")
    return NotReadyError(
        f"{service.name} {reason}",
        log=collapsed(log, _TAIL) or ["(it printed nothing)"],
        hint=hint or f"keep everything up with --keep-on-failure, then: localenv logs {service.name}",
    )
