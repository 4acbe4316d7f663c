"""Start, observe and end programs under the environment's guard."""

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from errno import ENOENT
from pathlib import Path
from typing import Any

from localenv import paths, state
from localenv.engines import Observed, Say, Seen
from localenv.engines.bridging import INTERNAL as INTERNAL  # the role of relays, too
from localenv.engines.native.program import Program
from localenv.errors import EngineError, LocalenvError, NotReadyError, shortages
from localenv.guard import client, removal, where
from localenv.host import inherited, kernel, sockets, waiting
from localenv.host.sockets import ListeningSocket
from localenv.process import Completed
from localenv.stack import Role
from localenv.stack.states import ServiceState

BACKGROUND = "background"  # the role of programs that speed up the next start: they end first, at once
_BY_SIGNAL = "stopped by a signal"
_LOOK, _NOTICES = 0.02, 2.0  # seconds between two questions whether the guard has noticed, and for all of them


def observe(identity: str, *, closely: bool = False) -> Observed:
    """Observe the guard's programs, or what is left without a guard; `closely` also how long they waited, and none
    that has exited already, which the guard has yet to notice.
    """
    folder = paths.state(identity, make=False)
    try:
        children = _noticed(folder) if closely else _children(folder)
    except client.NoGuard:
        return Observed(others=tuple(_left(folder)))
    shown = [one for one in children if one["role"] not in (INTERNAL, BACKGROUND, Role.JOB)]
    others = [f"process {one['pid']} ({one['name']})" for one in children if one["role"] == Role.JOB]
    relays = {one["name"]: one for one in children if one["role"] == INTERNAL}
    services = {one["name"]: _seen(one, closely=closely) for one in shown}
    return Observed(
        services={
            name: _reached(one, relays.get(relay(name))) if one.role == Role.STUBS else one
            for name, one in services.items()
        },
        others=tuple(others),
    )


def _children(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.ask(folder, "list")["children"]
    return found


def _noticed(folder: Path) -> list[dict[str, Any]]:
    """The guard's programs once it has noticed the end of each that has exited: a busy machine takes a while."""
    children: list[dict[str, Any]] = []
    for is_last in waiting.looks(pause=_LOOK, within=_NOTICES):
        children = _children(folder)
        if is_last or not any(map(_is_unnoticed, children)):
            break
    return [one | {"gone": True} if _is_unnoticed(one) else one for one in children]


def _is_unnoticed(child: dict[str, Any]) -> bool:
    return bool(child["pid"]) and not child["gone"] and kernel.started(child["pid"]) != child["start"]


def listeners(identity: str, name: str) -> list[ListeningSocket] | None:
    """The sockets that a service's processes listen on, also those with a title in place of their environment (nginx,
    Puma); None if unknown.
    """
    if sys.platform != "linux":
        return None
    with suppress(client.NoGuard):
        children = _children(paths.state(identity, make=False))
        descendants = [
            pid for one in children if one["name"] == name and one["pid"] for pid in kernel.below(one["pid"])
        ]
        pids = {*kernel.marked(f"{where.MARK}={identity}/{name}"), *descendants}
        return sockets.opened_by(pids) if pids else None
    return None


def relay(server: str) -> str:
    """The guard's name for the relay of a stub server; not a valid name in a description."""
    return f".relay.{server}"


def spawn(identity: str, name: str, role: str, program: Program) -> None:
    """Start a program; raises NotReadyError with the reason if it cannot start, EngineError without a guard."""
    if role == Role.STUBS:
        stop(identity, [name, relay(name)], forget=True)  # one of the two may have outlived the other
    with _refusals(name, program):
        client.ask(paths.state(identity), "spawn", spec=_spec(identity, name, role, program))


def run(identity: str, name: str, program: Program, say: Say) -> Completed:
    """Run a program to completion and report each line; it ends when this process ends."""
    spec = _spec(identity, f".{name}", Role.JOB, program) | {"attached": True}
    lines: list[str] = []
    with _refusals(name, program), client.conversation(paths.state(identity), "spawn", spec=spec) as answers:
        for answer in answers:
            if "line" in answer:
                lines.append(answer["line"])
                say(lines[-1])
            elif "code" in answer:
                return Completed(code=answer["code"], output="\n".join(lines))
    raise EngineError(f"{name}: the guard closed the connection")


def stop(identity: str, names: Iterable[str], *, forget: bool) -> None:
    """End programs, each with its descendants."""
    with _tolerating_none(), _refusals():
        client.ask(paths.state(identity), "stop", names=list(names), forget=forget)


def signalled(identity: str, name: str, action: str) -> None:
    """`stop`, `start`, `pause` or `unpause` a program; raises LocalenvError if it does not exist."""
    folder = paths.state(identity, make=False)
    if name not in observe(identity).services:
        raise LocalenvError(f"{name} is not running")
    with _refusals():
        match action:
            case "stop":
                client.ask(folder, "stop", names=[name])
            case "start":
                client.ask(folder, "start", name=name)
            case _:
                number = signal.SIGSTOP if action == "pause" else signal.SIGCONT
                client.ask(folder, "signal", name=name, number=number)


def end_all(identity: str) -> None:
    """End everything of an environment and its guard, until two checks find nothing."""
    folder = paths.state(identity, make=False)
    removal.clear(folder)
    stuck: set[int] = set()  # reported at the end of the removal
    for _ in range(20):
        left = _inside(identity) - stuck
        if not left:
            return
        stuck |= {pid for pid in left if not removal.end_process(pid)}
    raise EngineError(f"cannot remove {identity}: something recreates parts of it")


def _inside(identity: str) -> set[int]:
    """Processes of an environment without a guard: by environment, or by the mark of those that have cleared it."""
    return {*kernel.marked(f"{where.MARK}={identity}", below=True), *inherited.marked(identity)}


def _spec(identity: str, name: str, role: str, program: Program) -> dict[str, Any]:
    return {
        "name": name,
        "role": role,
        "argv": list(program.argv),
        "environment": {**program.environment, where.MARK: f"{identity}/{name}"},
        "folder": str(program.folder),
        "log": str(paths.log(identity, name)),
        "stop": int(program.stop),
        **({} if program.patience is None else {"patience": program.patience}),
        "keeps_input": program.keeps_input,
        "group": f"localenv.{identity}.{name}",
        "mark": identity,
        "version": program.version or "",
        "detail": program.detail,
    }


def _seen(child: dict[str, Any], *, closely: bool) -> Seen:
    pid = child["pid"] if closely and not child["gone"] else 0
    is_stopped = not child["gone"] and not child["paused"] and kernel.is_stopped(child["pid"])
    running = ServiceState.PAUSED if child["paused"] or is_stopped else ServiceState.RUNNING
    return Seen(
        name=child["name"],
        role=child["role"],
        state=ServiceState.EXITED if child["gone"] else running,
        id=f"{child['pid']}-{child['start']}",
        exit_code=child["code"] if child["gone"] else None,
        waited=kernel.waited(pid) if pid else 0.0,
        busy=kernel.busy(pid) if pid else None,
        version=child["version"],
        detail=_BY_SIGNAL if is_stopped else child["detail"],
    )


def _reached(server: Seen, through: dict[str, Any] | None) -> Seen:
    """The state of a stub server as its clients see it: through its relay."""
    if server.state is ServiceState.EXITED or (through and not through["gone"]):
        return server
    if through is None:
        return replace(server, state=ServiceState.CREATED, detail="its relay is not running yet")
    why = f"its relay has exited (exit code {through['code']}); restart both: localenv up"
    return replace(server, state=ServiceState.EXITED, error=why, detail=why)


def _left(folder: Path) -> Iterator[str]:
    """What an environment without a guard has left: processes, and data that is not kept."""
    survivors = {pid for pid, _ in removal.survivors(folder)}
    for pid in sorted(survivors.union(inherited.marked(folder.name))):
        yield f"process {pid}"
    kept = state.load(folder.name) if folder.is_dir() else None
    for data in sorted(paths.data(folder.name).glob("*")):
        if kept is None or data.name not in kept.keeps:
            yield f"data of {data.name}"


@contextmanager
def _refusals(name: str = "", program: Program | None = None) -> Iterator[None]:
    try:
        yield
    except client.NoGuard as error:
        raise EngineError(
            f"the guard of the environment does not answer ({error})", hint="localenv down, then up"
        ) from error
    except client.RequestRefused as error:
        if program is None or error.errno is None:
            raise EngineError(f"{name or 'the guard'}: {error}", hint=shortages.hint(error.errno)) from error
        hint = shortages.hint(error.errno) or _hint(program)
        raise NotReadyError(f"cannot start {name}: {_why(program, error.errno)}", hint=hint) from error


@contextmanager
def _tolerating_none() -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        if not isinstance(error.__cause__, client.NoGuard):
            raise


def _why(program: Program, errno: int) -> str:
    if not program.folder.is_dir():
        return f"the folder {program.folder} does not exist"
    if errno == ENOENT:
        return f"`{program.argv[0]}` not found"
    return f"`{program.argv[0]}`: {os.strerror(errno)}"


def _hint(program: Program) -> str:
    if not program.folder.is_dir():
        return "set native.working_dir"
    return "set native.setup to prepare its folder, or native.command to run it here"
