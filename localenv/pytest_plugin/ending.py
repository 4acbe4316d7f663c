"""The end of a test session, in the process that owns its environments."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from localenv import state
from localenv.environment import leases, lifecycle, status
from localenv.environment.down import removing
from localenv.errors import LocalenvError
from localenv.pytest_plugin import artifacts, flag_coverage, settings, sharing, starting, unattributed
from localenv.pytest_plugin.running import Running

_KEPT = 3600.0  # seconds, in case no later session removes it


def finish(config: pytest.Config, *, failed: bool) -> list[str]:
    """Remove every environment of the session, or keep it as configured; returns messages for the user."""
    shared = sharing.join(os.getpid(), config.rootpath)
    report: list[str] = []
    covers = settings.is_on(config, "flag_coverage")
    try:
        for identity, recorded in shared.environments().items():
            seen = _last_look(identity, recorded, shared.known(), covers=covers) if recorded.get("ready") else []
            report += [
                *_end(identity, recorded, keep=_keeps(recorded, failed=failed)),
                *_workers(identity, recorded),
                *seen,
            ]
    finally:
        shared.leave()
    return report


def _workers(identity: str, recorded: Mapping[str, Any]) -> Iterator[str]:
    """How workers' copies differ from plain copies of the first worker's."""
    if seeded := recorded.get("seeded"):
        yield f"  run for each worker, because they use addresses: {', '.join(seeded)}"
    if mixed := recorded.get("mixed"):
        where = ", ".join(f"{need} ({place})" for need, place in mixed.items())
        yield f"{identity}: each worker has its own environment: {where} holds an address of the first worker's"
    if strangers := recorded.get("strangers"):
        hosts = ", ".join(strangers)
        yield f"{identity}: each worker has its own environment: requests for the host {hosts} name no worker's"


def _keeps(recorded: Mapping[str, Any], *, failed: bool) -> bool:
    return bool(recorded.get("ready")) and (recorded["keep"] == "always" or (recorded["keep"] == "failed" and failed))


def _end(identity: str, recorded: Mapping[str, Any], *, keep: bool) -> list[str]:
    took = [f"started in {recorded['seconds']:.1f} s"] if "seconds" in recorded else []
    started = [f"{identity}: {took[0]}"] if took else []
    if recorded.get("stays") and (record := state.load(identity)) is not None:
        kept = status.kept(record)
        stays = f"{identity}: {kept}" if kept else f"{identity} stays up; `localenv down {identity}` removes it"
        return [*started, stays, *_restored(identity, recorded)]
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
    return [f"{identity}: {', '.join((*took, removed))}"] if recorded.get("ready") else []


def _restored(identity: str, recorded: Mapping[str, Any]) -> Iterator[str]:
    """Remove the session's changes from an environment that others continue to use; returns what failed."""
    if not recorded.get("ready"):
        return
    workers = int(recorded["workers"])
    try:
        found = lifecycle.attach(starting.described(identity, workers=workers))
        for worker in range(workers):
            running = Running(environment=found, worker=worker, workers=workers, is_guest=True)
            with closing(running.traffic):
                running.restore_all()
    except LocalenvError as error:
        yield f"  restoring it failed: {error.message}"


def _last_look(identity: str, recorded: Mapping[str, Any], known: frozenset[str], *, covers: bool) -> list[str]:
    """Collect artifacts, requests of no test and the coverage of flags; an error must not prevent the removal."""
    with suppress(LocalenvError, OSError):
        found = lifecycle.attach(starting.described(identity, workers=int(recorded.get("workers", 1))))
        if recorded["artifacts"]:
            artifacts.note_environment(found, Path(recorded["artifacts"]))
        lines = list(flag_coverage.lines(found)) if covers else []
        return lines + unattributed.lines(found, recorded, known)
    return []
