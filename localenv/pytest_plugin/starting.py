"""Find, start or attach to an environment for a test session."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
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

_NAME = "pytest"  # suffix to the description's name for a session's environment
_KEEP = "--keep-on-failure"  # not an option of pytest
_SHARE = "add --localenv-isolation=shared, or run without workers"


@dataclass(frozen=True, kw_only=True)
class Worker:
    """The requesting worker: its number and the number of workers."""

    number: int
    of: int


def hashed(key: tuple[object, ...]) -> str:
    """A short name of what an environment goes by."""
    return sha256(repr(key).encode()).hexdigest()[:12]


def key(settings: SessionSettings) -> tuple[object, ...]:
    """Tests with equal keys use the same environment."""
    return (settings.env, settings.engine, settings.isolation, settings.attach, settings.reuse)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A running environment, and a worker's share of it: as configured, or a whole one."""

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
    """The running environment for these settings; `whole`: those of the session. Raises LocalenvError.

    If one process of the session failed to start it, no other tries again. If data copied for each worker contains
    addresses of the first worker, or requests name the upstream of no worker, each gets a whole environment.
    """
    policies = {"unmatched": whole.unmatched, "contract": whole.contract}
    ends = {"keep": whole.keep, "artifacts": whole.artifacts, **policies}
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
        if not (recorded.get("mixed") or recorded.get("strangers")):
            is_copied = request.workers > 1 and not settings.reuse
            about: dict[str, Any] = {**ends, "workers": request.workers, "stays": False}
            try:
                found = _started(request, identity, settings, sharing, ends, listener)
            except LocalenvError as error:
                if not (is_copied and error.strangers):
                    raise
                sharing.record(identity, **about, strangers=error.strangers)
            else:
                if not (mixed := copied_addresses.found(found) if is_copied else {}):
                    return Begun(environment=found, isolation=settings.isolation)
                removing.down(identity)
                sharing.record(identity, **about, mixed=mixed)
    return begin(replace(settings, isolation="environment"), whole, worker, root, sharing, listener)


def described(identity: str, *, workers: int = 1) -> Request:
    """The request for a recorded environment; raises UsageError if there is none."""
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
    if settings.reuse:  # its owner does not change
        request = replace(request, detach=before is None or not ownership.is_alive(before.owner))
    about: dict[str, Any] = {**ends, "workers": request.workers, "stays": settings.reuse}
    sharing.record(identity, **about)  # before anything of it exists
    if not settings.reuse and before is not None:
        removing.down(identity)  # kept by an earlier session, or not removed
    began = time.monotonic()
    try:
        found = lifecycle.up(request, listener)
    except LocalenvError as error:
        error.hint = error.hint.replace(_KEEP, f"localenv up {request.target.file.stem} {_KEEP}")
        # the reader has no access to the environment's secrets, so the log is masked
        log = list(map(redacted, error.log))
        failure = {"message": redacted(error.message), "hint": redacted(error.hint), "log": log}
        sharing.record(identity, **about, failure=failure)
        raise
    since = time.time() if settings.reuse else 0  # earlier requests did not belong to a test either
    seeded = copied_addresses.repeated(preparing.stack(replace(request, workers=1))) if request.workers > 1 else ()
    sharing.record(identity, **about, ready=True, seconds=time.monotonic() - began, since=since, seeded=seeded)
    return found
