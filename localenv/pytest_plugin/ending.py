"""The end of a test session, in the process that owns its environments."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from localenv import state
from localenv.environment import leases, lifecycle
from localenv.environment.down import removing
from localenv.errors import LocalenvError
from localenv.pytest_plugin import artifacts, sharing, starting, unattributed
from localenv.pytest_plugin.running import Running

_KEPT = 3600.0  # seconds, in case nobody is there to end it


def finish(config: pytest.Config, *, failed: bool) -> list[str]:
    """Remove every environment of the session, or keep it as the settings say; what there is to tell."""
    shared = sharing.join(os.getpid(), config.rootpath)
    told: list[str] = []
    try:
        for identity, noted in shared.environments().items():
            seen = _last_look(identity, noted, shared.known()) if noted.get("ready") else []
            told += [*_end(identity, noted, keep=_keeps(noted, failed=failed)), *_workers(identity, noted), *seen]
    finally:
        shared.leave()
    return told


def _workers(identity: str, noted: Mapping[str, Any]) -> Iterator[str]:
    """What workers have that is not simply a copy of the first one's."""
    if anew := noted.get("anew"):
        yield f"  run for each worker, because they are told addresses: {', '.join(anew)}"
    if mixed := noted.get("mixed"):
        where = ", ".join(f"{need} ({place})" for need, place in mixed.items())
        yield f"{identity}: each worker has an environment of its own: {where} holds an address of the first worker's"


def _keeps(noted: Mapping[str, Any], *, failed: bool) -> bool:
    return bool(noted.get("ready")) and (noted["keep"] == "always" or (noted["keep"] == "failed" and failed))


def _end(identity: str, noted: Mapping[str, Any], *, keep: bool) -> list[str]:
    took = [f"started in {noted['seconds']:.1f} s"] if "seconds" in noted else []
    started = [f"{identity}: {took[0]}"] if took else []
    if noted.get("stays") and state.load(identity) is not None:
        stays = f"{identity} stays up; `localenv down {identity}` removes it"
        return [*started, stays, *_given_back(identity, noted)]
    if keep:
        with suppress(LocalenvError):
            leases.release(identity, _KEPT)
        return [
            *started,
            f"{identity} stays up for an hour; use it again: `pytest --localenv-attach {identity}`,",
            f"  remove it: `localenv down {identity}`, extend it: `localenv extend {identity} 1h`",
        ]
    began = time.monotonic()
    try:
        removing.down(identity)
    except LocalenvError as error:
        return [f"removing {identity} failed: {error.message}"]
    removed = f"removed in {time.monotonic() - began:.1f} s"
    return [f"{identity}: {', '.join((*took, removed))}"] if noted.get("ready") else []


def _given_back(identity: str, noted: Mapping[str, Any]) -> Iterator[str]:
    """Nothing of the session is left in what others go on using; what could not be undone."""
    if not noted.get("ready"):
        return
    workers = int(noted["workers"])
    try:
        found = lifecycle.attach(starting.described(identity, workers=workers))
        for worker in range(workers):
            running = Running(environment=found, worker=worker, workers=workers, is_guest=True)
            with closing(running.traffic):
                running.give_back()
    except LocalenvError as error:
        yield f"  restoring it failed: {error.message}"


def _last_look(identity: str, noted: Mapping[str, Any], known: frozenset[str]) -> list[str]:
    """Collect artifacts, and what no stub matched; this must not keep anything from being removed."""
    with suppress(LocalenvError, OSError):
        found = lifecycle.attach(starting.described(identity, workers=int(noted.get("workers", 1))))
        if noted["artifacts"]:
            artifacts.note_environment(found, Path(noted["artifacts"]))
        return unattributed.told(found, float(noted["since"]), known, noted["unmatched"])
    return []
