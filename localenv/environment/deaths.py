"""What worked and has ended since, with the last it printed."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Event as Flag

from localenv import state
from localenv.engines import Deployment, Engine, Observed, Seen
from localenv.environment import losses
from localenv.environment.down import guarding, removing
from localenv.errors import LocalenvError
from localenv.stack.states import EnvironmentState, ServiceState
from localenv.state import Record

_LOOK = 1.0  # seconds between two looks
_TAIL = 10


@dataclass(frozen=True, kw_only=True)
class Death:
    """The end of a service or need: `reason` is a predicate, `log` the last lines that it printed."""

    name: str
    reason: str
    log: tuple[str, ...] = ()


def watch(engine: Engine, deployment: Deployment, over: Flag) -> Iterator[Death]:
    """Each death, within a second or so, until `over` is set; none of what is removed or replaced on purpose."""
    known: dict[str, str] = {}
    while not over.wait(_LOOK):
        with suppress(LocalenvError):  # the engine does not answer, which is for others to say
            now = deaths(engine, deployment)
            fresh = {name: why for name, why in now.items() if known.get(name) != why}
            known = now
            yield from described(engine, deployment.identity, fresh)


def deaths(engine: Engine, deployment: Deployment) -> dict[str, str]:
    """What worked and works no more now, each with the reason; nothing where somebody changes or removes it all."""
    identity = deployment.identity
    seen = engine.observe(identity)
    record = state.load(identity)  # read after the look: what was removed on purpose is on record before it goes
    if record is None or record.state is not EnvironmentState.READY or not seen.services:
        return {}
    if guarding.is_ending(identity) or removing.is_asked_for(identity):
        return {}
    return {**dict(ended(record, seen)), **losses.lost(deployment, record, seen)}


def described(engine: Engine, identity: str, names: Mapping[str, str]) -> Iterator[Death]:
    """With the end of each log."""
    for name, reason in names.items():
        lines: list[str] = []
        with suppress(LocalenvError):  # what was removed has no log
            lines += (line.text for line in engine.logs(identity, [name], tail=_TAIL, follow=False))
        yield Death(name=name, reason=reason, log=tuple(lines[-_TAIL:]))


def ended(record: Record, observed: Observed) -> Iterator[tuple[str, str]]:
    """The name of what worked once and runs no more, but for what was to end, and what became of it as a predicate."""
    for name in record.services:
        seen = observed.services.get(name)
        is_done = name in record.finishing and seen is not None and seen.exit_code == 0
        if name in record.components and not is_done and not (seen and seen.condition is ServiceState.RUNNING):
            yield name, predicate(seen)


def predicate(seen: Seen | None) -> str:
    """`exited (exit code 3)`, `is paused`, `was removed`."""
    if seen is None:
        return "was removed"
    detail = f" ({shown})" if (shown := detail_of(seen)) else ""
    return f"{'exited' if seen.condition is ServiceState.EXITED else f'is {seen.condition}'}{detail}"


def detail_of(seen: Seen | None) -> str:
    """What a person should know of how something runs, or of why it runs no more."""
    if seen is None or seen.condition is not ServiceState.EXITED:
        return seen.detail if seen else ""
    return "out of memory" if seen.out_of_memory else seen.error or f"exit code {seen.exit_code}"
