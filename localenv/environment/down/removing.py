"""Down: by identity alone, until nothing is left."""

import json
import os
import shutil
import signal
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum

from localenv import paths, state
from localenv.engines import Engine
from localenv.engines.choosing import AUTO, ENGINES, choose, engine
from localenv.environment import ownership
from localenv.environment.down import guarding
from localenv.errors import EngineSilentError, LocalenvError
from localenv.events import EventLog, Listener, Phase, ignore
from localenv.host import files, kernel, waiting
from localenv.host.waiting import looks
from localenv.stack.states import EnvironmentState
from localenv.state import Owner, Record

_POLITE = 3.0  # seconds that another command has to finish by itself
_REMOVAL = 60.0  # the same for one that removes the environment too
_PATIENCE = 15.0  # seconds that whoever was told to end has for it
_BETWEEN = 0.5  # seconds between a removal and the look that finds nothing
_LOOKS = 20
_ANSWER = 3.0  # seconds that Docker has for its first answer, where nothing is recorded of an environment


class Left(StrEnum):
    """What became of an environment that somebody left."""

    REMOVED = "removed"
    STAYS = "stays"  # it is somebody else's
    KEPT = "kept"  # it is nobody's: another `up` has detached it
    GONE = "gone"  # somebody else has removed it


def down(name: str, *, data: bool = False, listener: Listener = ignore) -> bool:
    """Remove everything of an environment, by its identity alone; whether there was anything.

    Kept data stays unless `data` says so. An `up` in the foreground that owns it ends.
    """
    impatience = _Impatience(name)
    before = state.load(name)
    try:
        with state.lock(name, impatience.wait):
            existed = _down(name, data=data, listener=listener)
            return existed or before is not None
    except guarding.Ending:
        guarding.await_removal(name)
        return True
    finally:
        impatience.end()


def leave(name: str, *, listener: Listener = ignore) -> Left:
    """The end of an `up` in the foreground: remove the environment where this process owns it."""
    try:
        with state.lock(name):
            record = state.load(name)
            if record is None or record.state is EnvironmentState.STOPPED:
                return Left.GONE
            if not ownership.is_mine(record):
                return Left.STAYS if ownership.is_alive(record.owner) else Left.KEPT
            _down(name, data=False, listener=listener)
            return Left.REMOVED
    except guarding.Ending:
        return Left.GONE


def finish(name: str) -> None:
    """Remove an environment whose owner is dead; its guard calls this, and ends by itself afterwards."""
    with state.lock(name):
        record = state.load(name)
        _remove(_engine(record), name, record, data=False, is_guard=True)


def clean_up(engine: Engine, record: Record, events: EventLog, error: BaseException) -> None:
    """Remove all of a start that failed; what cannot be removed now stays on record, and the guard goes on with it."""
    try:
        with events.step(Phase.REMOVE, "", "started services"):
            _remove(engine, record.identity, record, data=False)
    except LocalenvError as second:
        with suppress(OSError):
            state.save(record.but(state=EnvironmentState.STOPPING, detail=f"could not be removed: {second.message}"))
        again = f"to remove it now: localenv down {record.identity}"
        error.add_note(f"it could not be removed: {second}; cleanup continues in the background; {again}")


def is_asked_for(name: str) -> bool:
    """Whether a `localenv down` waits for this process to end."""
    return any(ownership.is_alive(Owner(**asked)) for asked in [files.read_json(paths.down_request(name))] if asked)


def _down(name: str, *, data: bool, listener: Listener) -> bool:
    """The lock is held. If this process dies meanwhile, the guard goes on; raises Ending where it does already."""
    record = state.load(name)
    chosen = _engine(record)
    seen = chosen.observe(name)
    existed = record is not None or bool(seen.services or seen.others)
    if existed:
        with suppress(LocalenvError):
            guarding.begin(name, ownership.own())
    events = EventLog(environment=name, listener=listener)
    if record:
        with suppress(OSError):  # a full disk keeps nobody from removing
            state.save(record.but(state=EnvironmentState.STOPPING, owner=ownership.own(), lease=None))
        if not ownership.is_mine(record):
            _end(record.owner)
    with events.step(Phase.REMOVE, ""):
        _remove(chosen, name, record, data=data)
    return existed


def _remove(engine: Engine, name: str, record: Record | None, *, data: bool, is_guard: bool = False) -> None:
    """End programs that still work on it, then remove what runs, what is recorded, and its guard. The lock is held.

    Where the guard itself asks, nobody is left to be ended but programs of a dead owner, whose last requests to Docker
    may still be carried out: it looks again until nothing is left.
    """
    if is_guard:
        _remove_until_gone(engine, name)
    else:
        guarding.end_strays(name)
        engine.remove(name, data=data)
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


def _engine(record: Record | None) -> Engine:
    if record:
        return engine(record.engine, record.endpoint)
    try:
        return choose(AUTO, patience=_ANSWER).engine
    except EngineSilentError:  # of which nothing is recorded
        return engine(tuple(ENGINES)[-1])


def _forget(name: str, record: Record | None, *, data: bool) -> None:
    """Forget all but what kept data needs (its password, what was done to it) and what the guard removes at its end."""
    shutil.rmtree(paths.rendered(name), ignore_errors=True)
    if not record or not record.keeps or data:
        state.forget(name, but=(paths.guard_record, paths.guard_log))
        return
    jobs = {name: done for name, done in record.jobs.items() if name.partition(".")[0] in record.keeps}
    left = record.but(components={}, builds={}, jobs=jobs, smoke="", unready=(), holders={}, runs={})
    state.save(left.but(state=EnvironmentState.STOPPED, owner=None, lease=None))


class _Impatience:
    """Tells whoever works on the environment to end, and ends it where that takes too long.

    An `up` that owns it is told at once, another command after a while: so one that stands still, as after Ctrl-Z, or
    waits for somebody else, keeps nobody from removing.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.holder: tuple[int, int] | None = None  # pid and start of who was told
        self.since = 0.0

    def wait(self, seconds: float, holder: int) -> None:
        """Called while somebody else holds the lock."""
        if not holder or holder == os.getpid():
            return
        start = kernel.started(holder)
        if self.holder != (holder, start):
            if start > 0 and self._is_due(seconds, holder) and kernel.has_open(holder, paths.lock(self.name)):
                self._tell((holder, start), seconds)
        elif seconds - self.since > _PATIENCE:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(holder, signal.SIGKILL)  # its death frees the lock, and the rest is ours

    def end(self) -> None:
        """It has what it wanted."""
        if self.holder is not None:
            paths.down_request(self.name).unlink(missing_ok=True)

    def _is_due(self, seconds: float, holder: int) -> bool:
        """Whether a holder has had its time: one that stands still has none."""
        record = state.load(self.name)
        owner = record.owner if record else None
        if kernel.is_stopped(holder) or (owner and owner.pid == holder and owner.is_command):
            return True
        if seconds < _POLITE:
            return False
        is_removing = (record and record.state is EnvironmentState.STOPPING) or guarding.is_ending(self.name)
        return seconds > _REMOVAL if is_removing else True

    def _tell(self, holder: tuple[int, int], seconds: float) -> None:
        self.holder, self.since = holder, seconds
        with suppress(OSError):
            files.write(paths.down_request(self.name), json.dumps(asdict(ownership.own())))
        if seconds > _POLITE or kernel.is_stopped(holder[0]):
            waiting.announce(f"{state.holder_said(self.name, holder[0])}; it was told to end")
        _tell_to_end(holder[0])


def _end(owner: Owner | None) -> None:
    """Tell an `up` to end, also one that is stopped; nobody else: the environment is gone, as it will see."""
    if owner and owner.is_command and ownership.is_alive(owner) and owner.pid != os.getpid():
        _tell_to_end(owner.pid)


def _tell_to_end(pid: int) -> None:
    for number in (signal.SIGTERM, signal.SIGCONT):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
