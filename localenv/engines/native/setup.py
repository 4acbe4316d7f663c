"""`native.setup`: a service's folder made ready in the cache, and again from the first step on whose inputs change."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from localenv.engines import Say
from localenv.engines.native import folders, mirror, rooms
from localenv.engines.native.environment import clean, with_path
from localenv.engines.native.program import Program
from localenv.engines.native.rooms import NOT_YET, DoneStep, Due, RoomRecord
from localenv.engines.native.setup_plan import (
    PreparedFolder,
    Resolved,
    SetupPlan,
    folder,
    interpreters_of,
    not_installed,
    planned,
    python_variables,
    resolved_words,
    tools,
)
from localenv.errors import BuildError
from localenv.host import locks
from localenv.process import Completed
from localenv.stack import Service

Run = Callable[[Program, Say], Completed]  # to its end, telling what it prints

_OF_VENV = frozenset({"pip", "pip3", "python", "python3"})  # which every virtual environment has


def prepare(service: Service, say: Say, run: Run, resolved: Resolved = str) -> PreparedFolder:
    """Make ready what a service runs in, unless it is; `say` is called with the commands, and `run` runs them.

    From the first step on whose inputs have changed, or whose outputs are gone, the steps are done again in the same
    environment. Raises NotReadyError with the output of a step that failed, EngineError for an interpreter that is not
    there.
    """
    plan = planned(service, resolved)
    if plan is None:
        return PreparedFolder(environment=python_variables(), folder=folder(service))
    python, node = interpreters_of(service, (plan.has_python, plan.has_node))
    if not (plan.has_python or plan.copies):
        return plan.prepared(node)
    made_by = tuple(_known(one) for one in (python, node))
    with _lock(plan.room):
        found = plan.due or _other_interpreters(plan, made_by)
        if found:
            _make(plan, found, _Made(python=python, node=node, interpreters=made_by), say, run)
            folders.note(plan.room, f"{plan.name} in {plan.source}")
        elif plan.copies:
            _copy(plan)
    plan.room.touch()  # it is of use
    return plan.prepared(node)


def goes_by(service: Service) -> str:
    """All that its steps go by, as a text that changes with it."""
    steps = service.native.setup if service.native else ()
    return repr([sorted(step.inputs.items()) for step in steps])


def due(service: Service, resolved: Resolved = str) -> tuple[str, ...]:
    """Why each step of a service is to be done now, empty where it is not; looks, and does nothing."""
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
    """What its steps have put there, where they are of Node and have been carried out; makes nothing."""
    plan = planned(service, resolved)
    found = plan.folder / "node_modules" if plan and plan.copies and rooms.is_whole(plan.room) else None
    return found if found and found.is_dir() else None


def check(service: Service) -> None:
    """Raises EngineError for an interpreter, NotReadyError for a first program that is not there; makes nothing."""
    native = service.native
    if native is None:
        return
    commands = tuple(resolved_words(step.command, str) for step in native.setup)
    is_asked = commands or native.python or native.node
    python, node = interpreters_of(service, tools(native, commands)) if is_asked else (None, None)
    for program, *_ in commands[:1]:  # what others run the steps before them may install
        path = with_path(clean(), *([node.parent] if node else ()))["PATH"]
        if "/" not in program and not (python and program in _OF_VENV) and shutil.which(program, path=path) is None:
            raise not_installed(service.name, program)


@dataclass(frozen=True, kw_only=True)
class _Made:
    """The interpreters that a room is made with, and what tells them from others."""

    python: Path | None
    node: Path | None
    interpreters: tuple[str, ...]


def _other_interpreters(plan: SetupPlan, now: tuple[str, ...]) -> Due | None:
    record = rooms.read(plan.room)
    is_other = record is not None and record.interpreters != now
    return Due(step=0, reason="another interpreter") if is_other else None


def _make(plan: SetupPlan, due: Due, made: _Made, say: Say, run: Run) -> None:
    """Do what is due; a step that fails leaves the environment as it is, for the next time."""
    record = due.record
    if record.interpreters != made.interpreters:
        _begin(plan, made, say, run)
        record = RoomRecord(interpreters=made.interpreters)
    earlier = record.steps
    record = replace(record, steps=earlier[: due.step])
    rooms.write(plan.room, record)
    temporary = plan.room / "tmp"  # what a killed step leaves there goes with the rest
    temporary.mkdir(exist_ok=True)
    try:
        prepared = plan.prepared(made.node)
        environment = with_path({**_apart(temporary), **prepared.environment}, *prepared.path)
        if plan.copies:
            _copy(plan)
        for number, step in enumerate(plan.steps):
            if number < len(record.steps):
                continue
            title = " ".join(step.words)
            say(title + (f" ({due.reason})" if number == due.step and due.reason != NOT_YET else ""))
            before = rooms.listing(plan.folder)
            program = Program(argv=step.words, environment=environment, folder=plan.folder)
            _run(plan, program, run, partial(_tell, say, title))
            known = earlier[number].outputs if number < len(earlier) else ()
            outputs = rooms.written(before, rooms.listing(plan.folder), known)
            record = replace(record, steps=(*record.steps, DoneStep(inputs=step.inputs, outputs=outputs)))
            rooms.write(plan.room, record)
        rooms.finish(plan.room)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if not plan.copies:
        beside = plan.room.parent.glob(f"{plan.room.name.partition('-')[0]}-*")
        rooms.forget_overwritten(plan.room, (one for one in beside if one.is_dir()), record.outputs)


def _tell(say: Say, title: str, line: str) -> None:
    say(f"{title}: {line}")


def _begin(plan: SetupPlan, made: _Made, say: Say, run: Run) -> None:
    """An empty room, with an environment of its own where Python runs."""
    shutil.rmtree(plan.room, ignore_errors=True)
    temporary = plan.room / "tmp"
    temporary.mkdir(parents=True, mode=0o700)
    try:
        if made.python:
            say("making a virtual environment")
            words = (str(made.python), "-m", "venv", str(plan.virtual))
            _run(plan, Program(argv=words, environment=_apart(temporary), folder=plan.room), run, say)
    except BaseException:
        shutil.rmtree(plan.room, ignore_errors=True)
        raise


def _apart(temporary: Path) -> dict[str, str]:
    """What a step may leave among temporary files goes with them."""
    return clean() | {"TMPDIR": str(temporary)}


def _copy(plan: SetupPlan) -> None:
    record = rooms.read(plan.room)
    mirror.bring_up_to_date(plan.source, plan.folder, keep=record.outputs if record else frozenset())


def _known(interpreter: Path | None) -> str:
    return str(interpreter.resolve()) + str(interpreter.stat().st_mtime_ns) if interpreter else ""


def _run(plan: SetupPlan, asked: Program, run: Run, say: Say) -> None:
    words = asked.argv
    program = words[0] if "/" in words[0] else shutil.which(words[0], path=asked.environment["PATH"])
    if program is None or not (asked.folder / program).exists():
        raise not_installed(plan.name, words[0])
    done = run(replace(asked, argv=(program, *words[1:])), say)
    if done.code != 0:
        message = f"{plan.name}: `{' '.join(words)}` exited with code {done.code}"
        step = f"{' '.join(words)}, exit code: {done.code}"
        raise BuildError(message, name=plan.name, step=step, output=done.lines, hint="check native.setup")


@contextmanager
def _lock(room: Path) -> Iterator[None]:
    room.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locks.exclusive(room.with_suffix(".lock")):
        yield
