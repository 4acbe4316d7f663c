"""`native.setup`: prepare a service's folder in the cache, starting at the first step with changed inputs."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from localenv import paths
from localenv.engines import Say
from localenv.engines.native import folders, made, mirror, packages, rooms, shims, virtual
from localenv.engines.native.environment import clean, with_path
from localenv.engines.native.program import Program
from localenv.engines.native.rooms import NOT_YET, DoneStep, Due, RoomRecord
from localenv.engines.native.setup_plan import (
    PreparedFolder,
    Resolved,
    SetupPlan,
    interpreters_of,
    not_installed,
    planned,
    python_variables,
    resolved_words,
    tools,
)
from localenv.errors import BuildError, EngineError
from localenv.host import locks
from localenv.paths import caches
from localenv.process import Completed
from localenv.stack import Service

Run = Callable[[Program, Say], Completed]  # runs a program to completion and reports its output

_ANEW = Due(step=0, reason=NOT_YET)
_OF_VENV = frozenset({"pip", "pip3", "python", "python3"})  # present in every virtual environment


def prepare(
    service: Service, say: Say, run: Run, resolved: Resolved = str, *, user: str | None = None, since: float = 0
) -> PreparedFolder:
    """Prepare the folder that a service runs in, if it is not ready; `say` is called with the commands, `run` runs
    them. The folder stays in the cache as long as the environment `user` exists.

    Steps are repeated from the first one with changed inputs or missing outputs, in the same environment; a folder
    that was prepared before the time `since` begins anew, and stays as it was if a step fails. Raises NotReadyError
    with the output of a failed step, EngineError for a missing interpreter.
    """
    plan = planned(service, resolved)
    if plan is None:
        return PreparedFolder(environment=python_variables(), folder=service.folder)
    python, node = interpreters_of(service, (plan.has_python, plan.has_node))
    if not (plan.has_python or plan.copies):
        return plan.prepared(node)
    made_by = tuple(_known(one) for one in (python, node))
    if user is not None:
        rooms.use(plan.room, user)
    with _lock(plan.room):
        is_asked = rooms.is_older(plan.room, since)
        found = _ANEW if is_asked else plan.due or _other_interpreters(plan, made_by)
        if found:
            with _recorded(plan), rooms.aside(plan.room) if is_asked else nullcontext():
                _make(plan, found, _Made(python=python, node=node, interpreters=made_by), say, run)
            folders.describe(plan.room, f"{plan.name} in {plan.source}")
        elif plan.copies:
            _copy(plan)
        if user is not None and not plan.copies:
            made.share(plan.room, paths.output(user, f"setup.{plan.name}"))
    plan.room.touch()  # marks it as used
    return plan.prepared(node)


def as_it_is(service: Service, resolved: Resolved = str) -> PreparedFolder:
    """The folder that a service runs in, as its last steps have left it."""
    plan = planned(service, resolved)
    if plan is None:
        return PreparedFolder(environment=python_variables(), folder=service.folder)
    return plan.prepared(interpreters_of(service, (plan.has_python, plan.has_node))[1])


def keep(service: Service, place: Path, resolved: Resolved = str) -> Callable[[], bool]:
    """Keep a copy of its prepared folder at `place`, if the disk has room; returns what puts it back."""
    plan = planned(service, resolved)
    folders.remove(place)
    if plan is None or not rooms.is_whole(plan.room):
        return lambda: False
    try:
        with _lock(plan.room):
            folders.clone(plan.room, place)
    except (OSError, EngineError):
        return lambda: False

    def back() -> bool:
        with _lock(plan.room):
            rooms.put_back(place, plan.room)
        return True

    return back


def goes_by(service: Service, folder: str) -> str:
    """A digest of the inputs of all steps, and of its folder's own."""
    steps = service.native.setup if service.native else ()
    inputs = [sorted(step.inputs.items()) for step in steps]
    return sha256(repr((inputs, folder)).encode(errors="surrogateescape")).hexdigest()


def due(service: Service, resolved: Resolved = str) -> tuple[str, ...]:
    """Why each step of a service is due, empty if it is not; changes nothing."""
    plan = planned(service, resolved)
    found = plan.due if plan else None
    if plan is None or found is None:
        return ("",) * len(service.native.setup if service.native else ())
    after = "after " + " ".join(plan.steps[found.step].words) if found.step < len(plan.steps) else ""
    is_first = found.reason == rooms.NOT_YET
    return tuple(
        "" if number < found.step else found.reason if number == found.step or is_first else after
        for number in range(len(plan.steps))
    )


def node_modules(service: Service, resolved: Resolved = str) -> Path | None:
    """The node_modules that its steps have created, if they use Node and are done; changes nothing."""
    plan = planned(service, resolved)
    found = plan.folder / "node_modules" if plan and plan.copies and rooms.is_whole(plan.room) else None
    return found if found and found.is_dir() else None


def check(service: Service) -> None:
    """Raise EngineError for a missing interpreter, NotReadyError for a missing first program; changes nothing."""
    native = service.native
    if native is None:
        return
    commands = tuple(resolved_words(step.command, str) for step in native.setup)
    is_asked = commands or native.python or native.node
    python, node = interpreters_of(service, tools(native, commands)) if is_asked else (None, None)
    for program, *_ in commands[:1]:  # earlier steps may install the programs of later ones
        if "/" in program or (python and program in _OF_VENV):
            continue
        variables = with_path(clean(), *([node.parent] if node else ()))
        found = shutil.which(program, path=variables["PATH"])
        why = shims.failure(Path(found), variables, service.folder) if found else ""
        if found is None or why:
            raise not_installed(service.name, program, why)


@dataclass(frozen=True, kw_only=True)
class _Made:
    """The interpreters that a room is created with, and their identity."""

    python: Path | None
    node: Path | None
    interpreters: tuple[str, ...]


def _other_interpreters(plan: SetupPlan, now: tuple[str, ...]) -> Due | None:
    record = rooms.read(plan.room)
    is_other = record is not None and record.interpreters != now
    return Due(step=0, reason="another interpreter") if is_other else None


def _make(plan: SetupPlan, due: Due, made: _Made, say: Say, run: Run) -> None:
    """Run the due steps; a failed step leaves the environment as it is, for the next attempt."""
    record = due.record
    if record.interpreters != made.interpreters:
        _begin(plan, made, say, run)
        record = RoomRecord(interpreters=made.interpreters)
    earlier = record.steps
    record = replace(record, steps=earlier[: due.step])
    rooms.write(plan.room, record)
    with _temporary(plan.room) as temporary:
        prepared = plan.prepared(made.node)
        environment = with_path({**_apart(temporary), **prepared.environment}, *prepared.path)
        if plan.copies:
            _copy(plan)
        for number in range(len(record.steps), len(plan.steps)):
            known = earlier[number].outputs if number < len(earlier) else ()
            why = f" ({due.reason})" if number == due.step and due.reason != NOT_YET else ""
            done = _done(plan, number, known, environment, run, say, why)
            record = replace(record, steps=(*record.steps, done))
            rooms.write(plan.room, record)
        _remove_orphans(plan, record, environment, say, run)
        rooms.finish(plan.room)
    if not plan.copies:
        rooms.forget_overwritten(plan.room, plan.rooms, record.outputs)


@contextmanager
def _temporary(room: Path) -> Iterator[Path]:
    """The folder for what steps write meanwhile; also removes what a killed step has left there."""
    folder = room / "tmp"
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _done(
    plan: SetupPlan,
    number: int,
    known: Iterable[str],
    environment: Mapping[str, str],
    run: Run,
    say: Say,
    why: str,
) -> DoneStep:
    """Run a step; `known` are the files that it made earlier."""
    step = plan.steps[number]
    title = " ".join(step.words)
    say(title + why)
    before, had = rooms.listing(plan.folder), packages.installed(plan.virtual)
    program = Program(
        argv=step.words, environment={**environment, **packages.talkative(step.words)}, folder=plan.folder
    )
    done = _run(plan, program, run, partial(_report, say, title))
    outputs = rooms.written(before, rooms.listing(plan.folder), known)
    needed = packages.needed(step.words, done.lines, packages.installed(plan.virtual) - had)
    return DoneStep(inputs=step.inputs, outputs=outputs, packages=needed)


def _remove_orphans(plan: SetupPlan, record: RoomRecord, environment: Mapping[str, str], say: Say, run: Run) -> None:
    """Remove Python packages that an earlier content of the inputs has brought, as in a new environment."""
    if gone := packages.orphans(plan.virtual, (one.packages for one in record.steps)):
        say(f"removing {', '.join(gone)}")
        argv = packages.removal(plan.virtual, gone)
        _run(plan, Program(argv=argv, environment=environment, folder=plan.folder), run, say)


def _report(say: Say, title: str, line: str) -> None:
    """Report a line of output behind its command."""
    say(f"{title}: {line}")


def _begin(plan: SetupPlan, made: _Made, say: Say, run: Run) -> None:
    """Create an empty room, with a virtual environment if a step uses Python."""
    shutil.rmtree(plan.room, ignore_errors=True)
    temporary = plan.room / "tmp"
    temporary.mkdir(parents=True, mode=0o700)
    try:
        if made.python:
            say("making a virtual environment")
            _make_virtual(plan, made.python, _apart(temporary) | virtual.VARIABLES, run, say)
    except BaseException:
        shutil.rmtree(plan.room, ignore_errors=True)
        raise


def _make_virtual(plan: SetupPlan, python: Path, environment: Mapping[str, str], run: Run, say: Say) -> None:
    """Try one way after the other; raises BuildError with the output of the last."""
    *others, last = virtual.commands(python, plan.virtual)
    for words in others:
        with suppress(BuildError):
            _run(plan, Program(argv=words, environment=environment, folder=plan.room), run, say)
            return
        shutil.rmtree(plan.virtual, ignore_errors=True)
    _run(plan, Program(argv=last, environment=environment, folder=plan.room), run, say)


def _apart(temporary: Path) -> dict[str, str]:
    """Variables that direct a step's temporary files to a folder that is removed."""
    return clean() | {"TMPDIR": str(temporary)}


def _recorded(plan: SetupPlan) -> AbstractContextManager[object]:
    """Record what the steps make beside the sources."""
    if plan.copies:
        return nullcontext()
    record = rooms.read(plan.room)
    return made.recorded(made.of_room(plan.room), plan.folder, record.outputs if record else ())


def _copy(plan: SetupPlan) -> None:
    record = rooms.read(plan.room)
    mirror.bring_up_to_date(plan.source, plan.folder, keep=record.outputs if record else frozenset())


def _known(interpreter: Path | None) -> str:
    return str(interpreter.resolve()) + str(interpreter.stat().st_mtime_ns) if interpreter else ""


def _run(plan: SetupPlan, asked: Program, run: Run, say: Say) -> Completed:
    words = asked.argv
    program = words[0] if "/" in words[0] else shutil.which(words[0], path=asked.environment["PATH"])
    if program is None or not (asked.folder / program).exists():
        raise not_installed(plan.name, words[0])
    done = run(replace(asked, argv=(program, *words[1:])), say)
    if done.code != 0:
        message = f"{plan.name}: `{' '.join(words)}` exited with code {done.code}"
        step = f"{' '.join(words)}, exit code: {done.code}"
        raise BuildError(message, name=plan.name, step=step, output=done.lines, hint="check native.setup")
    return done


@contextmanager
def _lock(room: Path) -> Iterator[None]:
    room.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locks.removable(caches.lock(room)):
        yield
