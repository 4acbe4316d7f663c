"""Snapshots of the seeded data of needs: taken by `up` when everything is ready, restored by `localenv reset`."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from localenv import paths
from localenv.data import snapshots
from localenv.data.snapshots import PartlyRestored
from localenv.environment.up.preparing import Prepared
from localenv.errors import JobError, LocalenvError, NotReadyError, UsageError
from localenv.events import EventLog
from localenv.host import files
from localenv.host.announcing import announced
from localenv.host.background import as_done
from localenv.needs.wire import SILENCE
from localenv.stack import Connection, Reader, Stack
from localenv.stack.workers import owns_server
from localenv.state import locking

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_SLOW = "waiting for {}, whose data is in use or which does not answer; Ctrl-C ends the reset"
_WHY = ".why"  # suffix of a file that explains why a need has no snapshot


@dataclass(frozen=True, kw_only=True)
class Reset:
    """The result of a reset: what had changed in each need, or why it was not reset."""

    changed: Mapping[str, tuple[str, ...]]
    not_reset: Mapping[str, str]
    failed: tuple[str, ...] = ()  # needs of these that could have been reset
    failure: LocalenvError | None = None  # if one of these reasons is an error


def snapshot(prepared: Prepared, events: EventLog, name: str) -> bool:
    """Take a snapshot of a need; returns whether it succeeded.

    It includes data that services write when they start, but not data written by smoke checks.
    """
    where = folder(prepared.deployment.identity)
    _discard(where, name)
    try:
        whole = owns_server(prepared.stack, name)
        snapshots.snapshot(prepared.stack.needs[name], _connection(prepared, name), where, whole=whole)
    except JobError as error:  # the environment works otherwise; `reset` reports it
        _discard(where, name)
        files.write(where / f"{name}{_WHY}", error.message)
        events.output(name, f"`localenv reset` will not work: {error.message}")
        return False
    return True


def discard(identity: str, names: Iterable[str]) -> None:
    """Discard the snapshots of needs whose data is about to change; the same start takes new ones."""
    for name in names:
        _discard(folder(identity), name)


def restore(prepared: Prepared, name: str) -> tuple[str, ...]:
    """Restore the snapshot of a need, while services stay connected; returns what had changed.

    Raises JobError, and PartlyRestored.
    """
    where = folder(prepared.deployment.identity)
    whole = owns_server(prepared.stack, name)
    return snapshots.restore(prepared.stack.needs[name], _connection(prepared, name), where, whole=whole)


def reset(environment: "Environment", names: Iterable[str] = ()) -> Reset:
    """Restore the seeded data of needs (default: all that can be reset); one that fails keeps no other from it.

    Raises UsageError, before anything is changed, for a name that cannot be reset.
    """
    stack, able = environment.stack, resettable(environment.stack)
    for name in (chosen := list(dict.fromkeys(names))):
        check(stack, name)
    with locking.lock(environment.identity):
        lost = {name: why for name in chosen or able if (why := _why_not(environment.identity, name))}
        silent = _silent(environment.prepared, [name for name in chosen or able if name not in lost])
        lost |= dict.fromkeys(silent, f"no answer within {SILENCE:g} s")
        due = [name for name in chosen or able if name not in lost]
        unable = {} if chosen else {name: _unable(stack, name) for name in stack.needs if name not in able}
        changed: dict[str, tuple[str, ...]] = {}
        failures: dict[str, JobError] = {}
        for name in due:
            try:
                with announced(_SLOW.format(name)):
                    changed[name] = restore(environment.prepared, name)
            except PartlyRestored as error:
                lost[name] = f"left alone: {error.reason}"
                changed |= {name: error.changed} if error.changed else {}
            except JobError as error:
                lost[name] = error.message.removeprefix(f"{name}: ")
                failures[name] = error
    not_reset = unable | lost
    failure = _no_answer(silent, not_reset) or _failure(environment.identity, not_reset, failures.values())
    return Reset(changed=changed, not_reset=not_reset, failed=(*silent, *failures), failure=failure)


def _silent(prepared: Prepared, names: Sequence[str]) -> list[str]:
    """The needs that do not answer, such as paused ones; all are asked at once."""
    found = {}

    def ask(name: str, over: Event) -> bool:
        return snapshots.is_silent(prepared.stack.needs[name], _connection(prepared, name), over)

    def message() -> str:
        return f"waiting for {', '.join(one for one in names if one not in found)}; Ctrl-C ends the reset"

    with announced(message):
        for name, is_silent in as_done(ask, names):
            found[name] = is_silent
    return [name for name in names if found[name]]


def check(stack: Stack, name: str) -> None:
    """Raise UsageError for a name that is not a need, and for a kind whose data cannot be reset."""
    if name not in stack.needs:
        raise UsageError(f"unknown need '{name}'", hint=f"available: {', '.join(stack.needs) or 'none'}")
    if name not in resettable(stack):
        raise UsageError(f"{name} cannot be reset: {_unable(stack, name)}")


def resettable(stack: Stack) -> list[str]:
    """The needs of kinds whose data can be reset."""
    return snapshots.possible(stack)


def folder(identity: str) -> Path:
    """The folder with the snapshots of an environment, one subfolder per need."""
    return paths.snapshots(identity)


def _unable(stack: Stack, name: str) -> str:
    return f"not supported for {stack.needs[name].kind}"


def _why_not(identity: str, name: str) -> str:
    """Why a need has no snapshot; empty if it has one."""
    if (folder(identity) / name).is_dir():
        return ""
    with suppress(FileNotFoundError):
        return (folder(identity) / f"{name}{_WHY}").read_text()
    return "no snapshot of its seeded data"


def _no_answer(silent: Sequence[str], lost: Mapping[str, str]) -> LocalenvError | None:
    if not silent:
        return None
    hint = f"if it is paused: localenv unpause {silent[0]}; its log: localenv logs {silent[0]}"
    return NotReadyError(f"not reset: {', '.join(lost)}", hint=hint)


def _failure(identity: str, lost: Mapping[str, str], failures: Iterable[JobError]) -> LocalenvError | None:
    if not lost:
        return None
    again = f"seed it again: localenv down {identity}, then localenv up"
    hint = next((one.hint for one in failures if one.hint and one.hint != snapshots.AGAIN), again)
    return LocalenvError(f"not reset: {', '.join(lost)}", hint=hint)


def _discard(where: Path, name: str) -> None:
    shutil.rmtree(where / name, ignore_errors=True)
    (where / f"{name}{_WHY}").unlink(missing_ok=True)


def _connection(prepared: Prepared, name: str) -> Connection:
    return prepared.deployment.resolution.connection(name, Reader.MACHINE)
