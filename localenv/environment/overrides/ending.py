"""End overrides whose time is over or whose owner has exited: a program that the guard starts a moment before."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from localenv import state
from localenv.engines.choosing import engine
from localenv.environment import stubbing
from localenv.environment.handle import Environment
from localenv.environment.locating import Target
from localenv.environment.overrides import entries, faults, keeping, need_faults, real_endings
from localenv.environment.overrides.entries import Override, OverrideKind
from localenv.environment.request import Request
from localenv.errors import LocalenvError
from localenv.host import waiting
from localenv.host.deadlines import Deadline
from localenv.state import Record, locking
from localenv.stubs.asking import Asking

_SOON = 2.0  # seconds; the guard starts this program a second before an override ends
_PAUSE = 0.005  # seconds between two looks at the clock


def end(identity: str) -> None:
    """Remove overrides until none ends soon, and what was being started for one by a process that was killed."""
    with suppress(FileNotFoundError):  # the environment is being removed
        _end_over(identity)
        if (record := state.load(identity)) and entries.starting(identity):
            try:
                real_endings.end_dead(engine(record.engine, record.endpoint), identity, locking.without_waiting)
            except BlockingIOError:
                raise SystemExit(f"another command changes {identity}") from None  # the guard tries again


def _end_over(identity: str) -> None:
    while record := state.load(identity):
        known = entries.recorded(identity)
        if over := [one for one in known if one.is_over]:
            remove(record, over)
            continue
        soonest = min((one.deadline for one in known if one.deadline), key=lambda one: one.left, default=None)
        if soonest is None or soonest.left > _SOON:
            return
        _await(soonest)


def _environment(record: Record) -> Environment:
    from localenv.environment import lifecycle  # reads the description, which most endings do without

    target = Target(file=Path(record.description), repository=Path(record.folder))
    return lifecycle.look(Request(target=target, name=record.name))


def _await(moment: Deadline) -> None:
    waiting.until(lambda: moment.left <= 0, within=_SOON, pause=_PAUSE)


def remove(record: Record, ended: Sequence[Override]) -> None:
    """Remove them without the description, which may have changed; a stopped stub server has none."""
    for server in {one.server for one in ended if one.server in record.ports}:
        password = state.passwords(record.identity, [server])[server]
        asking = Asking(port=record.ports[server], password=password)
        with suppress(LocalenvError):
            for stub in (stub for one in ended if one.server == server for stub in one.stubs):
                asking.ask("DELETE", f"/mappings/{stub['id']}", missing=True)
        asking.close()
    if of_needs := [one for one in ended if one.kind is OverrideKind.FAULT and not one.server]:
        environment = _environment(record)
        for one in of_needs:
            need_faults.undo(environment, one)
    if real := [one for one in ended if one.kind is OverrideKind.REAL]:
        found = engine(record.engine, record.endpoint)
        for one in real:
            real_endings.end(found, record.identity, one)
    keeping.remove(record.identity, [one.id for one in ended])
    _refresh(record, {one.subject for one in ended if one.server})


def _refresh(record: Record, upstreams: set[str]) -> None:
    """Copy the answers of upstreams again for failures that stay: they must not give those that have ended."""
    stay = {one.subject for one in entries.recorded(record.identity) if faults.has_copies(one)}
    if not stay & upstreams:
        return
    with suppress(LocalenvError):  # a stopped stub server
        environment = _environment(record)
        for name in stay & upstreams & {*environment.stack.upstreams}:
            upstream = environment.stack.upstreams[name]
            with stubbing.admin(environment.deployment, upstream.server) as opened:
                faults.refresh(environment.deployment, opened, upstream)
