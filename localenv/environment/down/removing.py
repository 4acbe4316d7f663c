"""Down: remove an environment by its identity, until nothing is left."""

import json
import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum

from localenv import paths, state
from localenv.engines import Engine
from localenv.engines.choosing import ENGINES, engine
from localenv.environment import ownership
from localenv.environment.down import guarding, others
from localenv.errors import EngineError, LocalenvError
from localenv.events import EventLog, Listener, Phase, ignore
from localenv.host import files, kernel, waiting
from localenv.host.waiting import looks
from localenv.stack.states import EnvironmentState
from localenv.state import Owner, Record, locking

_POLITE = 3.0  # seconds that another command has to finish by itself
_REMOVAL = 60.0  # the same for a command that removes the environment too
_PATIENCE = 15.0  # seconds that a process has to exit after a signal
_BETWEEN = 0.5  # seconds between the removal and the check that nothing is left
_LOOKS = 20
_LAST = 0.2  # seconds for a guard that was asked to exit, before this process exits too
_ANSWER = 3.0  # seconds that Docker has for its first answer, if nothing is recorded


class Left(StrEnum):
    """What happened to an environment when its foreground `up` ended."""

    REMOVED = "removed"
    STAYS = "stays"  # it belongs to another process
    KEPT = "kept"  # it has no owner: another `up` has detached it
    GONE = "gone"  # another process has removed it


def down(name: str, *, data: bool = False, listener: Listener = ignore) -> bool:
    """Remove an environment by its identity; returns whether there was anything to remove.

    Kept data stays unless `data` is set. Ends the foreground `up` that owns the environment.
    """
    impatience = _Impatience(name)
    before, started = state.load(name), others.of(name)

    def locked() -> bool:
        with locking.lock(name, impatience.wait):
            return _down(name, data=data, listener=listener)

    try:
        existed = locked()
    except guarding.Ending:
        guarding.await_removal(name)
        existed = not _is_left(name) or locked()
    finally:
        impatience.end()
    _remove_others(started, listener)
    return existed or before is not None


def _is_left(name: str) -> bool:
    """Whether the guard could not remove it."""
    record = state.load(name)
    return record is not None and record.state is not EnvironmentState.STOPPED


def leave(name: str, *, listener: Listener = ignore) -> Left:
    """End a foreground `up`: remove the environment if this process owns it."""
    started = others.of(name)
    try:
        with locking.lock(name):
            record = state.load(name)
            if record is None or record.state is EnvironmentState.STOPPED:
                # its state may have been deleted by hand
                return Left.REMOVED if record is None and _down(name, data=False, listener=listener) else Left.GONE
            if not ownership.is_mine(record):
                return Left.STAYS if ownership.is_alive(record.owner) else Left.KEPT
            _down(name, data=False, listener=listener)
    except guarding.Ending:
        return Left.GONE
    _remove_others(started, listener)
    return Left.REMOVED


def _remove_others(started: Sequence[str], listener: Listener) -> None:
    """Remove environments that were started for a removed one; their guards do so too, a moment later."""
    for other in started:
        down(other, listener=listener)


def finish(name: str) -> None:
    """Remove an environment whose owner died; called by its guard, which exits afterwards."""
    with locking.lock(name):
        record = state.load(name)
        _remove(_engines(record), name, record, data=False, is_guard=True)


def abandon() -> None:
    """Called before this process exits without cleaning up: remove the lock files of environments already removed.

    The guard continues with every other one; one that is ending has its last milliseconds for it.
    """
    for name in locking.held():
        if not state.is_recorded(name) and _loses_its_guard(name):
            locking.remove_lock(name)


def clean_up(engine: Engine, record: Record, events: EventLog, error: BaseException) -> None:
    """Remove everything of a failed start; what cannot be removed stays recorded, and the guard continues with it."""
    try:
        with events.step(Phase.REMOVE, "", "started services"):
            _remove([engine], record.identity, record, data=False)
    except LocalenvError as second:
        with suppress(OSError):
            state.save(record.but(state=EnvironmentState.STOPPING, detail=f"could not be removed: {second.message}"))
        again = f"to remove it now: localenv down {record.identity}"
        error.add_note(f"it could not be removed: {second}; cleanup continues in the background; {again}")


def _loses_its_guard(name: str) -> bool:
    return waiting.until(lambda: not guarding.is_there(name), within=_LAST)


def is_asked_for(name: str) -> bool:
    """Whether a `localenv down` waits for this process to exit."""
    return any(ownership.is_alive(Owner(**asked)) for asked in [files.read_json(paths.down_request(name))] if asked)


def _down(name: str, *, data: bool, listener: Listener) -> bool:
    """Requires the lock. If this process dies, the guard continues; raises Ending if it is already removing."""
    record = state.load(name)
    chosen = _engines(record)
    existed = record is not None or not all(_is_gone(one, name) for one in chosen)
    if existed:
        with suppress(LocalenvError):
            guarding.begin(name, ownership.own())
    events = EventLog(environment=name, listener=listener)
    if record:
        with suppress(OSError):  # a full disk must not prevent removal
            state.save(record.but(state=EnvironmentState.STOPPING, owner=ownership.own(), lease=None))
        if not ownership.is_mine(record):
            _end(record.owner)
    with events.step(Phase.REMOVE, ""):
        _remove(chosen, name, record, data=data)
    return existed


def _remove(engines: Sequence[Engine], name: str, record: Record | None, *, data: bool, is_guard: bool = False) -> None:
    """End programs that still work on the environment, then remove resources, record and guard. Requires the lock.

    If the guard calls this, only child programs of a dead owner remain. Docker may still carry out their last requests,
    so the guard checks again until nothing is left.
    """
    if not is_guard:
        guarding.end_processes(name)
    for one in engines:
        if is_guard:
            _remove_until_gone(one, name)
        else:
            one.remove(name, data=data)
    _forget(name, record, data=data)
    if not is_guard:
        guarding.end(name)


def _remove_until_gone(engine: Engine, name: str) -> None:
    for number, _ in enumerate(looks(times=_LOOKS + 1, pause=_BETWEEN)):
        if number and _is_gone(engine, name):
            return
        engine.remove(name, data=False)


def _is_gone(engine: Engine, name: str) -> bool:
    seen = engine.observe(name)
    return not seen.services and not seen.others


def _engines(record: Record | None) -> list[Engine]:
    """The engine of an environment; without a record every one that answers, because its state may be lost."""
    if record:
        return [engine(record.engine, record.endpoint)]
    found: list[Engine] = []
    for one in ENGINES.values():
        with suppress(EngineError):
            found.append(one.module().connect(_ANSWER))
    return found


def _forget(name: str, record: Record | None, *, data: bool) -> None:
    """Delete the record, except what kept data needs (password, completed jobs) and what the guard removes last."""
    shutil.rmtree(paths.rendered(name), ignore_errors=True)
    if not is_asked_for(name):  # its author was killed
        paths.down_request(name).unlink(missing_ok=True)
    if not record or not record.keeps or data:
        state.forget(name, but=(paths.guard_record, paths.guard_log))
        return
    jobs = {name: done for name, done in record.jobs.items() if name.partition(".")[0] in record.keeps}
    left = record.but(components={}, builds={}, jobs=jobs, smoke="", unready=(), holders={}, runs={})
    state.save(left.but(state=EnvironmentState.STOPPED, owner=None, lease=None))


class _Impatience:
    """Asks the process that holds the lock to exit, and kills it if that takes too long.

    An `up` that owns the environment is asked at once, another command after a while. A process that is stopped
    (Ctrl-Z) or blocked therefore cannot prevent removal.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.holder: tuple[int, int] | None = None  # pid and start time of the process that was signalled
        self.announced = 0  # the pid of the process that was named
        self.since = 0.0

    def wait(self, seconds: float, holder: int) -> None:
        """Called while another process holds the lock."""
        if not holder or holder == os.getpid():
            return
        start = kernel.started(holder)
        if self.holder != (holder, start):
            if start > 0 and self._is_due(seconds, holder) and kernel.has_open(holder, paths.lock(self.name)):
                self._ask((holder, start), seconds)
        elif seconds - self.since > _PATIENCE:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(holder, signal.SIGKILL)  # releases the lock; this process removes the rest
        elif seconds > waiting.SILENT:
            self._announce(holder)

    def end(self) -> None:
        """Stop: the lock was acquired."""
        if self.holder is not None:
            paths.down_request(self.name).unlink(missing_ok=True)

    def _is_due(self, seconds: float, holder: int) -> bool:
        """Whether the holder's time is up; a stopped process gets none."""
        record = state.load(self.name)
        owner = record.owner if record else None
        if kernel.is_stopped(holder) or (owner and owner.pid == holder and owner.is_command):
            return True
        if seconds < _POLITE:
            return False
        is_removing = (record and record.state is EnvironmentState.STOPPING) or guarding.is_ending(self.name)
        return seconds > _REMOVAL if is_removing else True

    def _ask(self, holder: tuple[int, int], seconds: float) -> None:
        self.holder, self.since = holder, seconds
        with suppress(OSError):
            files.write(paths.down_request(self.name), json.dumps(asdict(ownership.own())))
        if seconds > _POLITE or kernel.is_stopped(holder[0]):
            self._announce(holder[0])
        _ask_to_exit(holder[0])

    def _announce(self, holder: int) -> None:
        if self.announced != holder:
            self.announced = holder
            waiting.announce(f"{locking.holder_message(self.name, holder)}; it was asked to exit")


def _end(owner: Owner | None) -> None:
    """Ask an `up` to exit, even if it is stopped; other owners notice by themselves that the environment is gone."""
    if owner and owner.is_command and ownership.is_alive(owner) and owner.pid != os.getpid():
        _ask_to_exit(owner.pid)


def _ask_to_exit(pid: int) -> None:
    for number in (signal.SIGTERM, signal.SIGCONT):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
