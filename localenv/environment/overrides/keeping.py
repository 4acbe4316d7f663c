"""The record of an environment's overrides: they survive a restart of the stub server, and end in time.

The guard knows when each ends: at a time, or with a process. It then runs `ending`, also with no command running.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from localenv import paths
from localenv.guard import client
from localenv.host import deadlines, files, locks

_watched: set[tuple[str, int, int]] = set()  # processes that this one has registered with a guard

OverrideDocument = Mapping[str, Any]  # see `Override.record`


def read(identity: str) -> list[OverrideDocument]:
    """Every recorded override."""
    found = files.read_json(paths.overrides(identity)).get("overrides", [])
    return list(found) if isinstance(found, list) else []


def add(identity: str, document: OverrideDocument) -> None:
    """Record an override, in the place of one that was starting, and have it ended in time."""
    _change(identity, lambda known: [*(one for one in known if one["id"] != document["id"]), document])
    _watch(identity, [document])


def replace(identity: str, document: OverrideDocument) -> None:
    """Change a recorded override."""
    _change(identity, lambda known: [document if one["id"] == document["id"] else one for one in known])


def remove(identity: str, ids: Iterable[str]) -> None:
    """Remove overrides from the record."""
    gone = set(ids)
    if paths.overrides(identity).exists():
        _change(identity, lambda known: [one for one in known if one["id"] not in gone])


def forget(identity: str, subjects: Iterable[str]) -> None:
    """Remove the overrides of these upstreams from the record; a failing need goes on failing."""
    names = {*subjects}
    gone = [one for one in read(identity) if one["subject"] in names and (one["server"] or one["kind"] == "flag")]
    remove(identity, [one["id"] for one in gone])


def runs_again(identity: str, service: str) -> None:
    """Remove the failures of a need that was stopped or paused, because it was started or continued."""
    known = read(identity) if paths.overrides(identity).exists() else []
    ended = [one["id"] for one in known if one["values"].get("service") == service and "action" in one["values"]]
    if ended:
        remove(identity, ended)


def watch(identity: str) -> None:
    """Have the recorded overrides ended in time by a guard that may be new."""
    if paths.overrides(identity).exists():
        _watched.clear()
        _watch(identity, read(identity))


def _change(identity: str, change: Callable[[list[OverrideDocument]], Sequence[OverrideDocument]]) -> None:
    with locks.exclusive(paths.overrides_lock(identity)):
        if left := change(read(identity)):
            files.write(paths.overrides(identity), json.dumps({"overrides": list(left)}))
        else:
            paths.overrides(identity).unlink(missing_ok=True)


def _watch(identity: str, documents: Sequence[OverrideDocument]) -> None:
    limits = [limit for limit in map(deadlines.of_record, documents) if limit]
    processes = {(identity, one["owner"]["pid"], one["owner"]["start"]) for one in documents if one["owner"]["pid"]}
    fresh = processes - _watched
    if not limits and not fresh:
        return
    owners = [{"pid": pid, "start": start} for _, pid, start in fresh]
    argv = list(client.task("end-overrides", identity))
    at, left = [one.until for one in limits], [one.left for one in limits]  # a guard of an older version goes by `at`
    with suppress(client.NoGuard, client.RequestRefused):
        client.ask(paths.state(identity, make=False), "watch", argv=argv, at=at, left=left, owners=owners)
        _watched.update(fresh)
