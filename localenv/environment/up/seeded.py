"""What needs hold once they are seeded and everything works: noted by `up`, and brought back for who asks."""

import shutil
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from localenv import paths, state
from localenv.data import snapshots
from localenv.environment.event_log import EventLog
from localenv.environment.handle import Environment
from localenv.environment.up.preparing import Prepared
from localenv.errors import JobError, LocalenvError, UsageError
from localenv.plan import Action
from localenv.stack import Connection, Reader, Stack
from localenv.stack.workers import server_of

_SEEDED = "seeded"
_WHY = ".why"  # behind the name of a need: a file that says why there is no note


@dataclass(frozen=True, kw_only=True)
class Reset:
    """What became of needs that were to be brought back: what had changed in each, or why it is as it was."""

    changed: Mapping[str, tuple[str, ...]]
    not_reset: Mapping[str, str]
    failure: LocalenvError | None = None  # where one of the latter is of a kind that can be


def note(prepared: Prepared, events: EventLog) -> Collection[str]:
    """Note what those needs hold that this start has filled; the names of those that could be noted.

    What services write when they start belongs to it, what smoke checks write does not.
    """
    found = set()
    for name in resettable(prepared.stack):
        if not _is_due(prepared, name):
            continue
        where = folder(prepared.deployment.identity)
        _forget(where, name)
        try:
            snapshots.snapshot(prepared.stack.needs[name], _connection(prepared, name), where)
            found.add(name)
        except JobError as error:  # all the rest works, and whoever asks for it is told
            _forget(where, name)
            state.write(where / f"{name}{_WHY}", error.message)
            events.output(name, f"`localenv reset` will not do: {error.message}")
    return found


def bring_back(prepared: Prepared, name: str) -> tuple[str, ...]:
    """Make a need hold what was noted, while services stay connected; what had changed. Raises JobError."""
    where = folder(prepared.deployment.identity)
    return snapshots.restore(prepared.stack.needs[name], _connection(prepared, name), where)


def reset(environment: Environment, names: Iterable[str] = ()) -> Reset:
    """Bring the seeded data of needs back, of all that can where none is named.

    Raises UsageError, before anything is changed, for a name of nothing that can be brought back, and JobError.
    """
    stack, able = environment.stack, resettable(environment.stack)
    for name in (chosen := list(dict.fromkeys(names))):
        check(stack, name)
    with state.lock(environment.identity):
        lost = {name: why for name in chosen or able if (why := _why_not(environment.identity, name))}
        due = [name for name in chosen or able if name not in lost]
        unable = {} if chosen else {name: _unable(stack, name) for name in stack.needs if name not in able}
        changed = {name: bring_back(environment.prepared, name) for name in due}
    return Reset(changed=changed, not_reset=unable | lost, failure=_failure(environment.identity, lost))


def check(stack: Stack, name: str) -> None:
    """Raises UsageError for what is no need, and for a kind whose data cannot be brought back."""
    if name not in stack.needs:
        raise UsageError(f"there is no need '{name}'", hint=f"there is {', '.join(stack.needs) or 'none'}")
    if name not in resettable(stack):
        raise UsageError(f"what {name} holds cannot be brought back: {_unable(stack, name)}")


def resettable(stack: Stack) -> list[str]:
    """The needs of kinds whose data can be brought back."""
    return [name for name, need in stack.needs.items() if snapshots.can_restore(need)]


def folder(identity: str) -> Path:
    """Where the notes of an environment are, those of each need in a folder of its name."""
    return paths.state(identity, make=False) / _SEEDED


def _unable(stack: Stack, name: str) -> str:
    return f"localenv does not do that for {stack.needs[name].kind}"


def _why_not(identity: str, name: str) -> str:
    """Why there is no note of a need; empty where there is one."""
    if (folder(identity) / name).is_dir():
        return ""
    with suppress(FileNotFoundError):
        return (folder(identity) / f"{name}{_WHY}").read_text()
    return f"nothing is known of what {name} held when it was seeded"


def _failure(identity: str, lost: Mapping[str, str]) -> LocalenvError | None:
    if not lost:
        return None
    hint = f"localenv down {identity}, and up again, seeds it anew"
    return LocalenvError(f"not everything was brought back: {', '.join(lost)}", hint=hint)


def _forget(where: Path, name: str) -> None:
    shutil.rmtree(where / name, ignore_errors=True)
    (where / f"{name}{_WHY}").unlink(missing_ok=True)


def _is_due(prepared: Prepared, name: str) -> bool:
    """Whether there is no note yet, or this start has filled it: a job of no need may have written anywhere."""
    if prepared.steps.of(Action.RUN) or not (folder(prepared.deployment.identity) / name).is_dir():
        return True
    return not prepared.stack.needs[name].keep and prepared.steps.is_fresh(server_of(prepared.stack, name))


def _connection(prepared: Prepared, name: str) -> Connection:
    return prepared.deployment.resolution.connection(name, Reader.MACHINE)
