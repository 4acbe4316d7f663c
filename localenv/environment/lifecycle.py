"""Up, look, down: an environment from its description and back to nothing."""

import contextlib
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from localenv import engines, state
from localenv.engines.choosing import choose
from localenv.environment import guarding
from localenv.environment.locating import locate
from localenv.environment.preparing import Prepared, Request, engine, identity, prepare, stack
from localenv.environment.running import Environment, nobody
from localenv.environment.starting import Start
from localenv.environment.story import Story
from localenv.errors import Interrupted, LocalenvError, UsageError
from localenv.events import Listener, Phase, State
from localenv.state import Life, Record


def up(request: Request, listener: Listener = nobody) -> Environment:
    """Bring an environment up, or change what differs in one that runs; return when all of it works.

    On failure everything this call started is removed, unless the request keeps it. Raises LocalenvError.
    """
    planned = stack(request)
    name = identity(request, planned)
    guarding.settled(name)
    with state.lock(name):
        choice = engine(request.engine, name)
        prepared = prepare(request, choice.engine, planned)
        story = Story(environment=name, listener=listener)
        if choice.reason:
            story.tell(Phase.PLAN, "", State.DONE, choice.reason)
        if not prepared.steps:
            story.tell(Phase.PLAN, "", State.UNCHANGED, "nothing has changed")
            return Environment(prepared=prepared, record=_ready(prepared.record), listener=listener)
        start = Start(prepared=prepared, story=story, record=prepared.record)
        with _rolled_back(prepared, start):
            start.run()
    return Environment(prepared=prepared, record=start.record, critical_path=start.critical_path(), listener=listener)


def plan(request: Request) -> Prepared:
    """What `up` would do; starts nothing."""
    planned = stack(request)
    name = identity(request, planned)
    with state.lock(name):
        return prepare(request, engine(request.engine, name).engine, planned)


def attach(request: Request) -> Environment:
    """The running environment of a description; raises UsageError where there is none."""
    found = look(request)
    if not found.prepared.observed.services:
        raise UsageError(f"{found.identity} is not running", hint=f"localenv up {found.stack.env} starts it")
    return found


def look(request: Request) -> Environment:
    """The environment of a description as it is now, which may be not at all; waits for nobody who changes it."""
    planned = stack(request)
    name = identity(request, planned)
    record = state.load(name)
    if record is None:
        prepared = plan(request)
    else:  # what `up` wrote down before it started anything is all that is needed
        as_started = replace(request, engine=record.engine, profiles=request.profiles or record.profiles)
        same = as_started.profiles == request.profiles
        prepared = prepare(as_started, engine(record.engine, name).engine, planned if same else stack(as_started))
    return Environment(prepared=prepared, record=record or prepared.record)


def down(name: str, *, data: bool = False, listener: Listener = nobody) -> bool:
    """Remove everything of an environment, by its identity alone; whether there was anything.

    Kept data stays unless `data` says so.
    """
    with state.lock(name):
        record = state.load(name)
        chosen = engines.engine(record.engine) if record else choose("auto").engine
        existed = record is not None or bool(chosen.observe(name).services)
        story = Story(environment=name, listener=listener)
        if record:
            state.save(record.but(state=Life.STOPPING))
        with story.step(Phase.REMOVE, ""):
            chosen.remove(name, data=data)
        guarding.end(name)
        if record:
            _forget(record, data=data)
        else:
            state.forget(name)
        return existed


def release(name: str) -> None:
    """Let an environment stay up whatever process ends; `down` removes it."""
    guarding.release(name)


def listing() -> list[Record]:
    """Every environment on this machine: those recorded, and those of which only containers are left."""
    recorded = {record.identity: record for record in state.known()}
    with suppress(LocalenvError):
        for name in engines.engine("compose").identities():
            recorded.setdefault(name, _orphan(name))
    return [recorded[name] for name in sorted(recorded)]


def resolve(text: str | None, name: str | None = None) -> str:
    """The identity meant by an environment's name or by an identity itself; raises UsageError."""
    if text is not None and any(record.identity == text for record in listing()):
        return text
    target = locate(text)
    request = Request(target=target, name=name)
    try:
        return identity(request, stack(request))
    except LocalenvError:  # a description that cannot be used any more still names what it started
        for record in state.known():
            if Path(record.description) == target.file and name in (None, record.name):
                return record.identity
        raise


@contextlib.contextmanager
def _rolled_back(prepared: Prepared, start: Start) -> Iterator[None]:
    """Leave nothing of a start that fails; a clean-up that fails never hides why."""
    try:
        yield
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt)
        if not prepared.is_new or (prepared.request.keep_on_failure and not interrupted):
            if prepared.is_new:
                guarding.release(start.record.identity)
            state.save(start.record.but(state=Life.FAILED, detail=str(error).partition("\n")[0]))
            if isinstance(error, LocalenvError):
                error.hint = f"this repeats what failed, and goes on: {_again(prepared)}"
        else:
            start.story.tell(Phase.REMOVE, "", State.WORKING, "removing what was started")
            _attempt(lambda: prepared.engine.remove(start.record.identity, data=False), error)
            guarding.end(start.record.identity)
            _forget(start.record, data=False)
        if interrupted:
            left = "what this run started is removed" if prepared.is_new else "what ran before stays, as far as it came"
            raise Interrupted(f"interrupted; {left}") from None
        raise


def _again(prepared: Prepared) -> str:
    """The command that takes up a start where it failed."""
    request = prepared.request
    words = ["localenv", "up", prepared.stack.env, *(["--name", request.name] if request.name else [])]
    profiles = [word for profile in request.profiles for word in ("--profile", profile)]
    return shlex.join([*words, *profiles, "--keep-on-failure"])


def _attempt(work: Callable[[], None], error: BaseException) -> None:
    try:
        work()
    except LocalenvError as second:
        error.add_note(f"and the clean-up failed: {second}")


def _ready(record: Record) -> Record:
    """The record of an environment found as wanted."""
    if record.state is not Life.READY:
        record = record.but(state=Life.READY, detail="")
        state.save(record)
    return record


def _forget(record: Record, *, data: bool) -> None:
    """Forget all but what kept data needs: its password, and what was already done to it."""
    shutil.rmtree(Path(record.folder) / ".localenv" / record.identity, ignore_errors=True)
    if not record.keeps or data:
        state.forget(record.identity)
        return
    jobs = {name: done for name, done in record.jobs.items() if name.partition(".")[0] in record.keeps}
    state.save(record.but(state=Life.STOPPED, components={}, builds={}, jobs=jobs, owner=None))


def _orphan(name: str) -> Record:
    return Record(identity=name, name=name, env="", folder="", description="", engine="compose", state=Life.FAILED)
