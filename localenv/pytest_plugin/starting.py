"""An environment for a test session: found, started or attached to."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from localenv import Environment, Request, state
from localenv.environment import copied_addresses, lifecycle, locating, ownership
from localenv.environment.down import removing
from localenv.environment.locating import Target
from localenv.environment.up import preparing
from localenv.errors import LocalenvError, UsageError
from localenv.events import Listener, ignore
from localenv.pytest_plugin.settings import SessionSettings
from localenv.pytest_plugin.sharing import Sharing
from localenv.redaction import redacted

_NAME = "pytest"  # what an environment of a session has behind the name of its description
_KEEP = "--keep-on-failure"  # which is no option of pytest's
_SHARE = "add --localenv-isolation=shared, or run without workers"


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Who asks: its number among how many."""

    number: int
    of: int


def key(settings: SessionSettings) -> tuple[object, ...]:
    """Tests with equal keys have the same environment."""
    return (settings.env, settings.engine, settings.isolation, settings.attach, settings.reuse)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A running environment, and what a worker has of its own in it: as asked for, or a whole one."""

    environment: Environment
    isolation: str


def begin(
    settings: SessionSettings,
    whole: SessionSettings,
    worker: Worker,
    root: Path,
    sharing: Sharing,
    listener: Listener = ignore,
) -> Begun:
    """The environment that these settings mean, running; `whole`: those of the session. Raises LocalenvError.

    What one process of the session could not start, none of them tries again. Where data that was copied for each
    worker leads to what is the first one's, each has a whole environment.
    """
    ends = {"keep": whole.keep, "unmatched": whole.unmatched, "artifacts": whole.artifacts}
    if settings.attach:
        return Begun(environment=_attached(settings, worker, sharing, ends), isolation=settings.isolation)
    request = _request(settings, worker, root, sharing)
    planned = preparing.stack(request)
    identity = preparing.identity(request, planned)
    with sharing.lock(identity):
        recorded = sharing.recorded(identity)
        if failure := recorded.get("failure"):
            raise LocalenvError(failure["message"], hint=failure["hint"], log=failure["log"])
        if recorded.get("ready"):
            return Begun(environment=lifecycle.attach(request), isolation=settings.isolation)
        if not recorded.get("mixed"):
            found = _started(request, identity, settings, sharing, ends, listener)
            if not (mixed := {} if settings.reuse or request.workers < 2 else copied_addresses.found(found)):
                return Begun(environment=found, isolation=settings.isolation)
            removing.down(identity)
            sharing.record(identity, **ends, workers=request.workers, stays=False, mixed=mixed)
    return begin(replace(settings, isolation="environment"), whole, worker, root, sharing, listener)


def described(identity: str, *, workers: int = 1) -> Request:
    """The request that means an environment which is recorded; raises UsageError for one that is not."""
    record = state.load(identity)
    if record is None or not record.description:
        raise UsageError(f"unknown environment '{identity}'", hint="list all environments: localenv ls")
    target = Target(file=Path(record.description), repository=Path(record.folder))
    return Request(target=target, name=record.name, engine=record.engine, profiles=record.profiles, workers=workers)


def _attached(settings: SessionSettings, worker: Worker, sharing: Sharing, ends: Mapping[str, str]) -> Environment:
    if worker.of > 1 and settings.isolation != "shared":
        raise UsageError(f"{settings.attach} has one copy of everything for {worker.of} workers", hint=_SHARE)
    found = lifecycle.attach(described(settings.attach))
    with sharing.lock(found.identity):
        if not sharing.recorded(found.identity):
            sharing.record(found.identity, **ends, ready=True, stays=True, workers=1, since=time.time())
    return found


def _request(settings: SessionSettings, worker: Worker, root: Path, sharing: Sharing) -> Request:
    if settings.reuse and settings.isolation == "environment" and worker.of > 1:
        raise UsageError(f"one environment cannot serve {worker.of} workers with one each", hint=_SHARE)
    target = locating.locate(settings.env or None, root)
    alone = Request(target=target, engine=settings.engine or None, owner=sharing.owner)
    suffix = "" if sharing.number == 1 else f"-{sharing.number}"
    if settings.isolation == "environment":
        suffix += f"-w{worker.number}"
    workers = worker.of if settings.isolation == "worker" else 1
    if settings.reuse:
        return replace(alone, workers=workers)
    name = preparing.stack(alone).name
    return replace(alone, name=f"{name}-{_NAME}{suffix}", workers=workers)


def _started(
    request: Request,
    identity: str,
    settings: SessionSettings,
    sharing: Sharing,
    ends: Mapping[str, str],
    listener: Listener,
) -> Environment:
    before = state.load(identity)
    if settings.reuse:  # with whom it ends is not changed
        request = replace(request, detach=before is None or not ownership.is_alive(before.owner))
    about: dict[str, Any] = {**ends, "workers": request.workers, "stays": settings.reuse}
    sharing.record(identity, **about)  # before anything of it is there
    if not settings.reuse and before is not None:
        removing.down(identity)  # what a session kept, or could not remove
    began = time.monotonic()
    try:
        found = lifecycle.up(request, listener)
    except LocalenvError as error:
        error.hint = error.hint.replace(_KEEP, f"localenv up {request.target.file.stem} {_KEEP}")
        # who reads it knows no secret of an environment that it has never seen
        log = list(map(redacted, error.log))
        failure = {"message": redacted(error.message), "hint": redacted(error.hint), "log": log}
        sharing.record(identity, **about, failure=failure)
        raise
    since = time.time() if settings.reuse else 0  # what is older was no test's either
    anew = copied_addresses.repeated(preparing.stack(replace(request, workers=1))) if request.workers > 1 else ()
    sharing.record(identity, **about, ready=True, seconds=time.monotonic() - began, since=since, anew=anew)
    return found
