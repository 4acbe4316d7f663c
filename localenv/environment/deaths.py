"""Detect services and needs that were ready and have exited since, with the end of their log."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event as Flag

from localenv import state
from localenv.engines import Deployment, Engine, Observed, Seen
from localenv.environment import losses
from localenv.environment.down import guarding, removing
from localenv.errors import LocalenvError
from localenv.host.waiting import repeatedly
from localenv.stack.states import EnvironmentState, ServiceState
from localenv.state import Record, Stop

_LOOK = 1.0  # seconds between two checks
_TAIL = 10


@dataclass(frozen=True, kw_only=True)
class Death:
    """A service or need that ended: `reason` is a predicate, `log` holds its last lines."""

    name: str
    reason: str
    log: tuple[str, ...] = ()


def watch(engine: Engine, deployment: Deployment, over: Flag) -> Iterator[Death]:
    """Yield each death within about a second, until `over` is set; intended removals and restarts are not deaths."""
    known: dict[str, str] = {}
    for _ in repeatedly(over, _LOOK):
        with suppress(LocalenvError):  # the engine does not answer; other code reports that
            now = deaths(engine, deployment)
            fresh = {name: why for name, why in now.items() if known.get(name) != why}
            known = now
            yield from described(engine, deployment.identity, fresh)


def deaths(engine: Engine, deployment: Deployment) -> dict[str, str]:
    """Services and needs that were ready and have stopped, each with the reason; empty while a command changes them."""
    identity = deployment.identity
    seen = engine.observe(identity)
    record = state.load(identity)  # read after observing: an intended removal is recorded before it happens
    if record is None or record.state is not EnvironmentState.READY or not seen.services:
        return {}
    if guarding.is_ending(identity) or removing.is_asked_for(identity):
        return {}
    return {**dict(ended(record, seen)), **losses.lost(deployment, record, seen)}


def described(engine: Engine, identity: str, names: Mapping[str, str]) -> Iterator[Death]:
    """Add the end of each log."""
    for name, reason in names.items():
        lines: list[str] = []
        with suppress(LocalenvError):  # a removed service has no log
            lines += (line.text for line in engine.logs(identity, [name], tail=_TAIL, follow=False))
        yield Death(name=name, reason=reason, log=tuple(lines[-_TAIL:]))


def ended(record: Record, observed: Observed) -> Iterator[tuple[str, str]]:
    """Yield name and predicate of everything that was ready and no longer runs, except what was meant to complete."""
    for name in record.services:
        seen = observed.services.get(name)
        is_done = name in record.finishing and seen is not None and seen.exit_code == 0
        is_meant = is_done or name in record.here or stop_of(record, name, seen) is not None
        if name in record.components and not is_meant and not (seen and seen.state is ServiceState.RUNNING):
            yield name, predicate(seen)


def stop_of(record: Record, name: str, seen: Seen | None) -> Stop | None:
    """Why a service does not run, if that was done on purpose; it may be gone while it is started again."""
    stop = record.stopped.get(name)
    return stop if stop and (seen is None or stop.state is seen.state) else None


def predicate(seen: Seen | None) -> str:
    """`exited (exit code 3)`, `is paused`, `was removed`."""
    if seen is None:
        return "was removed"
    detail = f" ({shown})" if (shown := detail_of(seen)) else ""
    return f"{'exited' if seen.state is ServiceState.EXITED else f'is {seen.state}'}{detail}"


def detail_of(seen: Seen | None) -> str:
    """Details for a person: how something runs, or why it stopped."""
    if seen is None or seen.state is not ServiceState.EXITED:
        return seen.detail if seen else ""
    return "out of memory" if seen.out_of_memory else seen.error or f"exit code {seen.exit_code}"
